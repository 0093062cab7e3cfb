// attack: stops itself
// how: exec
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
#include <signal.h>

#include "../report.h"

int main(void) {
  raise(SIGSTOP);
  return 0;
}
