// attack: looks for the device behind a /work on disk, and asks its file system for what root may
// how: exec
// flags: --disk 16M --scratch disk
// expect: outcome=ok stdout="shut down: REFUSED EPERM" stdout="append only: REFUSED EPERM" stdout="device: REFUSED ENOENT"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../report.h"

int main(void) {
  const int work = open("/work", O_RDONLY | O_DIRECTORY);
  const int file = open("/work/file", O_CREAT | O_RDWR, 0600);
  unsigned how = 2;
  attempt("shut down", ioctl(work, _IOR('X', 125, unsigned), &how));
  int flags = FS_APPEND_FL;
  attempt("append only", ioctl(file, FS_IOC_SETFLAGS, &flags));
  attempt("device", open("/dev/loop0", O_RDONLY));
  struct stat status;
  fstat(work, &status);
  attempt("device node", mknod("/work/device", S_IFBLK | 0600, status.st_dev));
  attempt("ballast", open("/tmp/../ballast", O_RDONLY));
  return 0;
}
