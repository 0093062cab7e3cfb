// SPDX-License-Identifier: Apache-2.0

// Ignores every signal that can be ignored, with a child that does so too.
#include <signal.h>

#include "program.h"

int main(void) {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_IGN);
  require(fork() >= 0, "fork");
  write(1, "ready\n", 6);
  rest();
}
