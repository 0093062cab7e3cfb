// attack: queues signals that nobody takes
// how: exec
// flags: --memory 32M
// expect: outcome=ok stdout="one more: REFUSED EAGAIN"
// expect: outcome=oom
#include <signal.h>

#include "../report.h"

int main(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, 0);
  while (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 1}) == 0) continue;
  attempt("one more", -1);
  return 0;
}
