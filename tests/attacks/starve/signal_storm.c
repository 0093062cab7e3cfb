// attack: showers PID 1 and everybody with signals
// how: exec
// flags: --run-timeout 700ms
// expect: outcome=timeout limit=wall
#include <signal.h>

#include "../report.h"

int main(void) {
  for (int i = 0; i < 8; ++i) {
    if (fork() == 0) break;
  }
  for (int signal = 1; signal < 64; ++signal) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(signal, &ignore, 0);
  }
  for (;;) {
    kill(1, SIGCHLD);
    kill(1, SIGUSR1);
    kill(-1, SIGCONT);
    sigqueue(1, SIGRTMIN, (union sigval){.sival_int = 1});
  }
}
