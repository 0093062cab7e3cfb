// SPDX-License-Identifier: Apache-2.0

// Every process makes more processes, for ever; "storm" once it has begun.
#include <signal.h>

#include "program.h"

int main(void) {
  signal(SIGCHLD, SIG_IGN);
  for (int i = 0; i < 8; ++i) fork();
  write(1, "storm\n", 6);
  for (;;) fork();
}
