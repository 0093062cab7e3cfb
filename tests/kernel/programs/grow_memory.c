// SPDX-License-Identifier: Apache-2.0

// Touches as many MiB as the argument says, or endlessly without one.
#include <sys/mman.h>

#include "program.h"

enum { kBlock = 1 << 20 };

int main(int argc, char** argv) {
  const long blocks = argc > 1 ? atol(argv[1]) : -1;
  for (long i = 0; blocks < 0 || i < blocks; ++i) {
    char* block = mmap(NULL, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(block != MAP_FAILED, "mmap");
    memset(block, 1, kBlock);
  }
  return 0;
}
