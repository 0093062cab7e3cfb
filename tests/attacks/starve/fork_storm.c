// attack: forks children that stay, until it may not
// how: exec
// flags: --pids 64
// expect: outcome=leaked_processes stdout="forks: REFUSED EAGAIN" stdout="within the limit: REFUSED"
#include "../report.h"

int main(void) {
  int made = 0;
  pid_t pid;
  while ((pid = fork()) >= 0) {
    if (pid == 0) {
      pause();
      _exit(0);
    }
    ++made;
  }
  attempt("forks", pid);
  expect("within the limit", made < 64);
  return 0;
}
