// attack: fills a disk that is larger than its memory
// how: exec
// flags: --disk 256M --memory 32M
// expect: outcome=oom
// because: files count as memory, and nothing can be written back
#include <fcntl.h>

#include "../report.h"

int main(void) {
  static char block[1 << 16];
  memset(block, 1, sizeof block);
  const int fd = open("/tmp/fill", O_CREAT | O_WRONLY, 0600);
  while (write(fd, block, sizeof block) > 0) {
  }
  puts("full");
  return 0;
}
