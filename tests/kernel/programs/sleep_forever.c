// SPDX-License-Identifier: Apache-2.0

// Says "ready" and sleeps.
#include "program.h"

int main(void) {
  write(1, "ready\n", 6);
  rest();
}
