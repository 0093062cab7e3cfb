// attack: forks children that leave the session and fork again
// how: exec
// flags: --pids 64 --run-timeout 1s
// expect: outcome=timeout limit=wall
#include "../report.h"

int main(void) {
  for (;;) {
    if (fork() == 0) setsid();
  }
}
