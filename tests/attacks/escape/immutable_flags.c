// attack: sets file attributes that outlive the program
// how: exec
// expect: outcome=ok stdout="FS_IOC_SETFLAGS immutable: REFUSED"
#include <fcntl.h>
#include <sys/ioctl.h>

#include "../report.h"

int main(void) {
  const int fd = open("/work/file", O_CREAT | O_RDWR, 0600);
  int flags = 0x10;
  attempt("FS_IOC_SETFLAGS immutable", ioctl(fd, _IOW('f', 2, long), &flags) == 0 ? 0 : (errno = errno == ENOTTY ? ENOTSUP : errno, -1));
  return 0;
}
