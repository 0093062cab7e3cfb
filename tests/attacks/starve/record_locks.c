// attack: spends kernel memory on locks of single bytes
// how: exec
// flags: --memory 32M --run-timeout 2s
// expect: outcome=oom
// expect: outcome=timeout limit=wall
// because: a lock is charged to the limit; putting one into the list takes longer the more there are
#include <fcntl.h>

#include "../report.h"

int main(void) {
  for (;;) {
    const int fd = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
    if (fd < 0) break;
    for (off_t at = 0; at < 4000; at += 2) {
      struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
      fcntl(fd, F_OFD_SETLK, &lock);
      unlink("/tmp/locked");
    }
  }
  for (;;) pause();
}
