// attack: forks a new self when the old one dies, from a signal handler
// how: exec
// flags: --run-timeout 400ms --pids 32
// expect: outcome=timeout limit=wall
// expect: outcome=leaked_processes
// expect: outcome=signaled
#include <signal.h>

#include "../report.h"

static void again(int unused) {
  (void)unused;
  pid_t child = -1;
  while (child < 0) child = fork();  // the dead that nobody has reaped yet count against --pids
  if (child != 0) _exit(0);
}

int main(void) {
  signal(SIGTERM, again);
  signal(SIGQUIT, again);
  signal(SIGINT, again);
  for (;;) raise(SIGTERM);
}
