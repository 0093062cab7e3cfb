// SPDX-License-Identifier: Apache-2.0

// One child after another computes for 20 ms of CPU time and is waited for, endlessly: hardly any
// time is ever on the clock of a living process.
#include <sys/wait.h>
#include <time.h>

#include "program.h"

int main(void) {
  for (;;) {
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
      while (clock() < CLOCKS_PER_SEC / 50) {
      }
      _exit(0);
    }
    require(waitpid(child, NULL, 0) == child, "waitpid");
  }
}
