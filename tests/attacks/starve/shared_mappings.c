// attack: hides its memory in shared anonymous mappings
// how: exec
// flags: --memory 64M
// expect: outcome=oom
#include <sys/mman.h>

#include "../report.h"

int main(void) {
  for (int i = 0; i < 256; ++i) {
    char* map = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (map != MAP_FAILED) memset(map, 1, 1 << 20);
  }
  puts("ESCAPED 256 MiB in shared mappings");
  return 0;
}
