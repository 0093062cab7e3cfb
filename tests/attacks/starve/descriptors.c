// attack: opens descriptors until it may not, in many processes
// how: exec
// expect: outcome=ok stdout="open: REFUSED EMFILE"
#include <sys/wait.h>

#include "../report.h"

int main(void) {
  for (int i = 0; i < 16; ++i) {
    if (fork() == 0) {
      while (dup(1) >= 0) {
      }
      _exit(0);
    }
  }
  while (wait(0) > 0) {
  }
  while (dup(1) >= 0) {
  }
  attempt("open", -1);
  return 0;
}
