// attack: uses up the host's memory for compiled filters by filters of its own calls
// how: exec
// expect: outcome=ok stdout="seccomp: REFUSED EINVAL" stdout="prctl: REFUSED EINVAL" stdout="what there is can be asked: yes"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../report.h"

int main(void) {
  struct sock_filter pass = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  struct sock_fprog program = {1, &pass};
  const unsigned kill = SECCOMP_RET_KILL_PROCESS;
  attempt("seccomp", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
  attempt("prctl", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
  if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) == 0) puts("what there is can be asked: yes");
  return 0;
}
