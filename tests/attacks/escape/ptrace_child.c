// attack: traces its own child, to hold it past its deadline and change its calls behind the filter
// how: exec
// expect: outcome=ok stdout="PTRACE_TRACEME: REFUSED EPERM" stdout="PTRACE_ATTACH: REFUSED EPERM"
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  attempt("PTRACE_TRACEME", ptrace(PTRACE_TRACEME, 0, 0, 0));
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  attempt("PTRACE_ATTACH", ptrace(PTRACE_ATTACH, child, 0, 0));
  attempt("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, child, 0, 0));
  kill(child, SIGKILL);
  waitpid(child, 0, 0);
  return 0;
}
