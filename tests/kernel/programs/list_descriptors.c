// SPDX-License-Identifier: Apache-2.0

// Prints the number of every open descriptor.
#include <fcntl.h>

#include "program.h"

int main(void) {
  for (int fd = 0; fd < 65536; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) printf("%d\n", fd);
  }
  return 0;
}
