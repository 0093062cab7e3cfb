// attack: fills a /work on disk until it may not
// how: exec
// flags: --disk 16M --scratch disk
// expect: outcome=ok stdout="write: REFUSED ENOSPC" stdout="within the limit: REFUSED"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  static char block[1 << 16];
  memset(block, 1, sizeof block);
  const int fd = open("/work/fill", O_CREAT | O_WRONLY, 0600);
  long total = 0;
  ssize_t count;
  while ((count = write(fd, block, sizeof block)) > 0) total += count;
  attempt("write", count);
  expect("within the limit", total <= 16 << 20);
  return 0;
}
