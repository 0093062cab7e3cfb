// attack: kills everything it may
// how: exec
// expect: outcome=ok stdout="alive alone"
#include <signal.h>

#include "../report.h"

int main(void) {
  kill(-1, SIGKILL);
  kill(0, SIGCONT);
  puts("alive alone");
  return 0;
}
