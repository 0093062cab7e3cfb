// attack: hides its memory in anonymous files
// how: exec
// flags: --memory 64M
// expect: outcome=oom
// expect: outcome=signaled signal=SIGXFSZ
#include <sys/mman.h>

#include "../report.h"

int main(void) {
  static char block[1 << 16];
  memset(block, 1, sizeof block);
  for (int i = 0; i < 16; ++i) {
    const int fd = memfd_create("hidden", 0);
    for (int j = 0; j < 256; ++j) {
      if (write(fd, block, sizeof block) < 0) break;
    }
  }
  puts("ESCAPED 256 MiB in memory files");
  return 0;
}
