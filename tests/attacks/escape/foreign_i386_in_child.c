// attack: makes a 32-bit call in a grandchild while the program looks innocent
// how: exec
// expect: outcome=policy_violation syscall="getpid (i386)"
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  const pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      long result;
      __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
      _exit(0);
    }
    pause();
  }
  waitpid(child, 0, 0);
  return 0;
}
