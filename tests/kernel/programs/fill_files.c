// SPDX-License-Identifier: Apache-2.0

// Writes files of 1 MiB into each directory in turn until none takes more; prints the whole MiB that
// fitted and the error that ended it.
#include <fcntl.h>

#include "program.h"

int main(int argc, char** argv) {
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  long whole = 0;
  int last_error = 0;
  for (int i = 1; i < argc; ++i) {
    for (int number = 0;; ++number) {
      char path[256];
      snprintf(path, sizeof path, "%s/%d", argv[i], number);
      const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
      const ssize_t written = fd < 0 ? -1 : write(fd, block, sizeof block);
      last_error = errno;
      if (written != sizeof block) break;
      close(fd);
      ++whole;
    }
  }
  printf("%ld %s\n", whole, strerror(last_error));
  return 0;
}
