// attack: sets its core size limit to 0, for which the host's core handler would run as root
// how: exec
// expect: outcome=ok stdout="setrlimit: REFUSED EPERM" stdout="prlimit: REFUSED EPERM" stdout="still 1 and 1: REFUSED"
// because: a handler named in core_pattern runs for a limit of 0 too, and only for 1 it does not
#include <sys/resource.h>
#include <sys/syscall.h>

#include "../report.h"

int main(void) {
  const struct rlimit none = {0, 0};
  struct rlimit old;
  attempt("setrlimit", syscall(SYS_setrlimit, RLIMIT_CORE, &none));
  attempt("prlimit", syscall(SYS_prlimit64, 0, RLIMIT_CORE, &none, &old));
  expect("still 1 and 1", getrlimit(RLIMIT_CORE, &old) == 0 && old.rlim_cur == 1 && old.rlim_max == 1);
  return 0;
}
