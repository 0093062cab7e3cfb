// attack: reopens its streams by name and floods those
// how: exec
// expect: outcome=output_limit
#include <fcntl.h>

#include "../report.h"

int main(void) {
  static char block[1 << 16];
  const int fd = open("/dev/stdout", O_WRONLY);
  if (fd < 0) return attempt("open /dev/stdout", fd);
  close(1);
  close(2);
  for (;;) {
    if (write(fd, block, sizeof block) < 0) return 1;
  }
}
