// attack: finds the namespaces above by asking its own
// how: exec
// expect: outcome=ok stdout="parent user namespace: REFUSED EPERM" stdout="parent pid namespace: REFUSED EPERM"
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>

#include "../report.h"

int main(void) {
  const int user = open("/proc/self/ns/user", O_RDONLY);
  const int pid = open("/proc/self/ns/pid", O_RDONLY);
  attempt("parent user namespace", ioctl(user, NS_GET_USERNS));
  attempt("parent pid namespace", ioctl(pid, NS_GET_PARENT));
  return 0;
}
