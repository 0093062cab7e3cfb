// attack: keeps writing to a disk of the host's until it is killed at its limit
// how: exec
// flags: --disk 64M --scratch disk --run-timeout 500ms --memory 64M
// expect: outcome=timeout
#include <fcntl.h>

#include "../report.h"

int main(void) {
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  const int fd = open("/work/fill", O_CREAT | O_WRONLY, 0600);
  for (;;) {
    for (int i = 0; i < 48; ++i) pwrite(fd, block, sizeof block, (off_t)i * sizeof block);
  }
}
