// attack: closes every descriptor it may hold and spins
// how: exec
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
#include <unistd.h>

#include "../report.h"

int main(void) {
  close_range(0, ~0U, 0);
  for (;;) {
  }
}
