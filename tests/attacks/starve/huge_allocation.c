// attack: reserves file space it never writes
// how: exec
// expect: outcome=ok stdout="fallocate: REFUSED"
#include <fcntl.h>
#include <signal.h>

#include "../report.h"

int main(void) {
  signal(SIGXFSZ, SIG_IGN);
  const int fd = open("/work/huge", O_CREAT | O_WRONLY, 0600);
  attempt("fallocate", fallocate(fd, 0, 0, 128L << 20));
  attempt("fallocate beyond the size limit", fallocate(fd, 0, 0, 1L << 40));
  return 0;
}
