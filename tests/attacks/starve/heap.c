// attack: allocates and touches memory until it may not
// how: exec
// flags: --memory 64M
// expect: outcome=oom signal=SIGKILL
#include "../report.h"

int main(void) {
  for (int i = 0; i < 3 * 64; ++i) {
    char* block = malloc(1 << 20);
    if (block != NULL) memset(block, i + 1, 1 << 20);
  }
  puts("ESCAPED three times the limit");
  return 0;
}
