// attack: keeps two processes that revive each other
// how: exec
// flags: --run-timeout 500ms --pids 32
// expect: outcome=timeout limit=wall
// expect: outcome=leaked_processes
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  for (;;) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGUSR1);
      signal(SIGUSR1, SIG_IGN);
      continue;
    }
    waitpid(child, 0, 0);
  }
}
