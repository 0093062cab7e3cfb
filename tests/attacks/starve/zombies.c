// attack: leaves dead children unburied until it may not have more
// how: exec
// flags: --pids 64
// expect: outcome=ok stdout="forks: REFUSED EAGAIN"
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  pid_t made[64];
  int count = 0;
  pid_t pid;
  while (count < 64 && (pid = fork()) >= 0) {
    if (pid == 0) _exit(0);
    made[count++] = pid;
  }
  attempt("forks", pid);
  // Dead, each of them, and left unburied.
  for (int i = 0; i < count; ++i) {
    siginfo_t ending;
    waitid(P_PID, (id_t)made[i], &ending, WEXITED | WNOWAIT);
  }
  return 0;
}
