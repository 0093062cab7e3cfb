// attack: closes its streams and goes on
// how: exec
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
#include "../report.h"

int main(void) {
  close(0);
  close(1);
  close(2);
  for (;;) {
  }
}
