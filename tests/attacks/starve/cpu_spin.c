// attack: spins
// how: exec
// flags: --cpu-time 200ms
// expect: outcome=timeout limit=cpu
#include "../report.h"

int main(void) {
  for (;;) {
  }
}
