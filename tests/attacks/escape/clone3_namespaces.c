// attack: clones by the call whose flags no filter can read
// how: exec
// expect: outcome=ok stdout="clone3(CLONE_NEWUSER): REFUSED ENOSYS"
#include <signal.h>
#include <sys/syscall.h>

#include "../report.h"

int main(void) {
  unsigned long arguments[11] = {0x10000000, 0, 0, 0, SIGCHLD};
  const long pid = syscall(SYS_clone3, arguments, sizeof arguments);
  if (pid == 0) _exit(0);
  attempt("clone3(CLONE_NEWUSER)", pid);
  return 0;
}
