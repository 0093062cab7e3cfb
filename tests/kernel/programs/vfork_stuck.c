// SPDX-License-Identifier: Apache-2.0

// A vfork child that neither executes nor ends: its parent waits in the kernel, deaf to everything but
// SIGKILL.
#include "program.h"

int main(void) {
  write(1, "ready\n", 6);
  if (vfork() == 0) rest();
  return PROGRAM_BROKEN;
}
