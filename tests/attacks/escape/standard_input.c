// attack: reads on where its maker reads
// how: exec
// expect: outcome=ok stdout="the maker's standard input: REFUSED"
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../report.h"

int main(void) {
  struct stat status;
  const int is_null = fstat(0, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
  char byte;
  expect("the maker's standard input", is_null && read(0, &byte, 1) == 0);
  return 0;
}
