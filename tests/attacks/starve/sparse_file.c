// attack: makes a file that looks huge
// how: exec
// expect: outcome=signaled signal=SIGXFSZ
#include <fcntl.h>

#include "../report.h"

int main(void) {
  const int fd = open("/work/sparse", O_CREAT | O_WRONLY, 0600);
  attempt("truncate", ftruncate(fd, 1L << 40));
  return 0;
}
