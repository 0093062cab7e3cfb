// attack: makes empty files until it may not
// how: exec
// expect: outcome=ok stdout="files: REFUSED ENOSPC" stdout="within the limit: REFUSED"
// because: the policy allows 16384 inodes
#include <fcntl.h>

#include "../report.h"

int main(void) {
  char path[64];
  int fd;
  int made = 0;
  for (; made < 1000000; ++made) {
    snprintf(path, sizeof path, "/work/f%d", made);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) break;
    close(fd);
  }
  attempt("files", fd);
  expect("within the limit", made <= 16384);
  return 0;
}
