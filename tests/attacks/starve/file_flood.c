// attack: makes empty files until it may not
// how: exec
// expect: outcome=ok stdout="files: REFUSED ENOSPC"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  char path[64];
  int fd;
  for (int i = 0; i < 1000000; ++i) {
    snprintf(path, sizeof path, "/work/f%d", i);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) break;
    close(fd);
  }
  attempt("files", fd);
  return 0;
}
