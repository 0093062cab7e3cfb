// attack: spends kernel memory on watched files
// how: exec
// expect: outcome=ok stdout="inotify: REFUSED ENOSYS"
#include <sys/inotify.h>

#include "../report.h"

int main(void) {
  attempt("inotify", inotify_init());
  return 0;
}
