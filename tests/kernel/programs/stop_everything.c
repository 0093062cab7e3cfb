// SPDX-License-Identifier: Apache-2.0

// Stops every process it can reach, itself last.
#include <signal.h>

#include "program.h"

int main(void) {
  for (int i = 0; i < 4; ++i) {
    if (fork() == 0) rest();
  }
  write(1, "ready\n", 6);
  kill(-1, SIGSTOP);
  raise(SIGSTOP);
  rest();
}
