// attack: makes a new self and ends, in one address space, faster than anyone can look
// how: exec
// flags: --run-timeout 2s --pids 32
// expect: outcome=leaked_processes
#include <sched.h>
#include <signal.h>

#include "../report.h"

enum { kStacks = 64, kStackSize = 4096 };

static char stacks[kStacks][kStackSize] __attribute__((aligned(16)));

static int hand_on(void* turn) {
  const long next = ((long)turn + 1) % kStacks;  // those before us may still be on their way out
  while (clone(hand_on, stacks[next] + kStackSize, CLONE_VM | SIGCHLD, (void*)next) < 0) continue;
  _exit(0);
}

int main(void) {
  clone(hand_on, stacks[0] + kStackSize, CLONE_VM | SIGCHLD, (void*)0);
  return 0;
}
