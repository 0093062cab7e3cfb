// attack: fills /work, /tmp and /dev/shm, each to the limit
// how: exec
// flags: --disk 16M
// expect: outcome=ok stdout="together within the limit: REFUSED"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  static char block[1 << 16];
  memset(block, 1, sizeof block);
  long total = 0;
  static const char* const kFiles[] = {"/work/f", "/tmp/f", "/dev/shm/f"};
  for (int i = 0; i < 3; ++i) {
    const int fd = open(kFiles[i], O_CREAT | O_WRONLY, 0600);
    for (int j = 0; j < 96; ++j) {
      const ssize_t count = write(fd, block, sizeof block);
      if (count > 0) total += count;
    }
  }
  expect("together within the limit", total <= 16 << 20);
  return 0;
}
