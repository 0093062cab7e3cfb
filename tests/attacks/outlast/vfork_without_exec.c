// attack: borrows itself to a child that never gives it back
// how: exec
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
#include "../report.h"

int main(void) {
  if (vfork() == 0) {
    for (;;) {
    }
  }
  return 0;
}
