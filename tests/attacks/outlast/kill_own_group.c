// attack: kills its own process group
// how: exec
// flags: --run-timeout 2s
// expect: outcome=signaled signal=SIGKILL
#include <signal.h>

#include "../report.h"

int main(void) {
  kill(0, SIGKILL);
  for (;;) pause();
}
