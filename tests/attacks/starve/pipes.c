// attack: hides its memory in pipes
// how: exec
// flags: --memory 64M
// expect: outcome=ok stdout="pipes: REFUSED EMFILE" stdout="bytes in pipes within the limit: REFUSED"
// expect: outcome=oom
#include <fcntl.h>

#include "../report.h"

int main(void) {
  static char block[1 << 16];
  long total = 0;
  int fds[2];
  while (pipe2(fds, O_NONBLOCK) == 0) {
    fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
    ssize_t count;
    while ((count = write(fds[1], block, sizeof block)) > 0) total += count;
  }
  attempt("pipes", -1);
  expect("bytes in pipes within the limit", total < 64 << 20);
  return 0;
}
