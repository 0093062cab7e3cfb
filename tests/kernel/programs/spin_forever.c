// SPDX-License-Identifier: Apache-2.0

// Says "ready" and computes.
#include "program.h"

int main(void) {
  write(1, "ready\n", 6);
  for (volatile unsigned long n = 0;; ++n) {
  }
}
