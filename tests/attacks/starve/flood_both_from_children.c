// attack: writes to both streams from many processes
// how: exec
// expect: outcome=output_limit
#include "../report.h"

int main(void) {
  static char block[1 << 12];
  for (int i = 0; i < 16; ++i) {
    if (fork() == 0) {
      for (;;) {
        if (write(1 + (i & 1), block, sizeof block) < 0) _exit(0);
      }
    }
  }
  pause();
  return 0;
}
