// attack: raises SIGSYS itself, to look like a policy violation
// how: exec
// expect: outcome=signaled signal=SIGSYS
// because: the verdict rests on what the supervisor was told, not on the signal
#include <signal.h>

#include "../report.h"

int main(void) {
  raise(SIGSYS);
  return 0;
}
