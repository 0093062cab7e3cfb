// SPDX-License-Identifier: Apache-2.0

// Traces a child and leaves it in its stop; prints what became of the attempt.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "program.h"

int main(void) {
  const pid_t child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    tell("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    fflush(stdout);
    raise(SIGSTOP);
    rest();
  }
  int status = 0;
  require(waitpid(child, &status, WUNTRACED) == child, "waitpid");
  rest();
}
