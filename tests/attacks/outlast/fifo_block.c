// attack: blocks for ever in a system call
// how: exec
// flags: --run-timeout 300ms
// expect: outcome=timeout limit=wall
#include <fcntl.h>
#include <sys/stat.h>

#include "../report.h"

int main(void) {
  mkfifo("/work/fifo", 0600);
  return open("/work/fifo", O_RDONLY);
}
