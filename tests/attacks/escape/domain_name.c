// attack: learns the host's names from the kernel
// how: exec
// expect: outcome=ok stdout="host name: REFUSED" stdout="domain name: REFUSED"
#include <sys/utsname.h>

#include "../report.h"

int main(void) {
  struct utsname names;
  expect("host name", uname(&names) == 0 && strcmp(names.nodename, "sandbox") == 0);
  expect("domain name", names.domainname[0] == '\0');
  return 0;
}
