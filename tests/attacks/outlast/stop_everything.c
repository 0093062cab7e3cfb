// attack: stops every process, itself and PID 1 included
// how: exec
// flags: --run-timeout 400ms
// expect: outcome=timeout limit=wall
#include <signal.h>

#include "../report.h"

int main(void) {
  for (int i = 0; i < 4; ++i) {
    if (fork() == 0) {
      for (;;) {
        kill(-1, SIGSTOP);
        kill(1, SIGSTOP);
      }
    }
  }
  raise(SIGSTOP);
  for (;;) pause();
}
