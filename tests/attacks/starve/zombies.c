// attack: leaves dead children unburied until it may not have more
// how: exec
// flags: --pids 64
// expect: outcome=ok stdout="forks: REFUSED EAGAIN"
#include "../report.h"

int main(void) {
  pid_t pid;
  while ((pid = fork()) >= 0) {
    if (pid == 0) _exit(0);
  }
  attempt("forks", pid);
  return 0;
}
