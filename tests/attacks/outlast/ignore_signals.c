// attack: ignores all signals that can be ignored
// how: exec
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
#include <signal.h>

#include "../report.h"

int main(void) {
  for (int signal = 1; signal < 64; ++signal) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(signal, &ignore, 0);
  }
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, 0);
  for (;;) {
  }
}
