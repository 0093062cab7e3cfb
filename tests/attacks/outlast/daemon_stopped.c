// attack: leaves a daemon that stopped itself
// how: exec
// expect: outcome=leaked_processes
#include <signal.h>
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  const pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    for (;;) pause();
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  return 0;
}
