// SPDX-License-Identifier: Apache-2.0

// Ten children end and are never waited for: dead, so nobody is left.
#include <sys/wait.h>

#include "program.h"

int main(void) {
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) _exit(0);
    siginfo_t ended;
    require(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) == 0, "waitid");
  }
  return 0;
}
