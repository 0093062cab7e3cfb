// SPDX-License-Identifier: Apache-2.0

// Makes children until the kernel refuses one, prints how many there are, exits 1.
#include "program.h"

int main(void) {
  long children = 0;
  for (;; ++children) {
    const pid_t child = fork();
    if (child < 0) break;
    if (child == 0) rest();
  }
  printf("%ld %s\n", children, strerror(errno));
  return 1;
}
