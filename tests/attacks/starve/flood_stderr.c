// attack: writes to stderr without end
// how: exec
// expect: outcome=output_limit
#include "../report.h"

int main(void) {
  static char block[1 << 16];
  memset(block, 'x', sizeof block);
  for (;;) {
    if (write(2, block, sizeof block) < 0) return 1;
  }
}
