// attack: adds a filter that allows everything and hopes that the last one counts
// how: exec
// expect: outcome=ok stdout="own filter: REFUSED EINVAL" stdout="mount: REFUSED EPERM"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "../report.h"

int main(void) {
  struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  struct sock_fprog program = {1, &allow};
  attempt("own filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
  attempt("mount", mount((char*)1, (char*)1, (char*)1, 0, 0));
  return 0;
}
