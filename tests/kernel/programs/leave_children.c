// SPDX-License-Identifier: Apache-2.0

// leave_children COUNT: exits 0 and leaves COUNT sleeping children, which hold its stdout and stderr.
#include "program.h"

int main(int argc, char** argv) {
  require(argc == 2, "arguments");
  const long count = atol(argv[1]);
  for (long i = 0; i < count; ++i) {
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) rest();
  }
  write(1, "left\n", 5);
  return 0;
}
