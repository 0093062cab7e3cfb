// attack: gives PID 1 dead children faster than it can bury them
// how: exec
// flags: --run-timeout 700ms
// expect: outcome=timeout limit=wall
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  for (;;) {
    const pid_t pid = fork();
    if (pid == 0) {
      fork();
      _exit(0);
    }
    if (pid > 0) waitpid(pid, 0, 0);
  }
}
