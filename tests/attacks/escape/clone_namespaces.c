// attack: clones with each namespace flag
// how: exec
// expect: outcome=ok stdout="clone(CLONE_NEWUSER): REFUSED EPERM" stdout="clone(CLONE_NEWPID): REFUSED EPERM" stdout="clone(CLONE_NEWNET): REFUSED EPERM"
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "../report.h"

int main(void) {
  static const struct {
    const char* name;
    unsigned long flag;
  } kFlags[] = {{"clone(CLONE_NEWNS)", 0x20000},       {"clone(CLONE_NEWCGROUP)", 0x2000000},
                {"clone(CLONE_NEWUTS)", 0x4000000},    {"clone(CLONE_NEWIPC)", 0x8000000},
                {"clone(CLONE_NEWUSER)", 0x10000000},  {"clone(CLONE_NEWPID)", 0x20000000},
                {"clone(CLONE_NEWNET)", 0x40000000},   {"clone(all)", 0x7e020000}};
  for (unsigned i = 0; i < sizeof kFlags / sizeof kFlags[0]; ++i) {
    const long pid = syscall(SYS_clone, kFlags[i].flag | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    attempt(kFlags[i].name, pid);
  }
  return 0;
}
