// SPDX-License-Identifier: Apache-2.0

// Reads every file it is given to the end and prints how many bytes that were.
#include <fcntl.h>

#include "program.h"

int main(int argc, char** argv) {
  static char buffer[1 << 20];
  long total = 0;
  for (int i = 1; i < argc; ++i) {
    const int fd = open(argv[i], O_RDONLY);
    require(fd >= 0, argv[i]);
    ssize_t count;
    while ((count = read(fd, buffer, sizeof buffer)) > 0) total += count;
    require(count == 0, "read");
  }
  printf("%ld\n", total);
  return 0;
}
