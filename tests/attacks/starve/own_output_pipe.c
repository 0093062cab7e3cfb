// attack: reads its own output back and makes the pipe block
// how: exec
// flags: --run-timeout 1s
// expect: outcome=ok
// expect: outcome=timeout
// expect: outcome=exited
// because: a program may spoil its own output, and nothing else
#include <fcntl.h>

#include "../report.h"

int main(void) {
  fcntl(1, F_SETPIPE_SZ, 4096);
  fcntl(1, F_SETFL, O_NONBLOCK);
  char bytes[64];
  const int fd = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);
  for (int i = 0; i < 100000; ++i) {
    if (read(fd, bytes, sizeof bytes) < 0 && errno != EAGAIN) break;
    if (write(1, "0123456789abcdef", 4) < 0 && errno != EAGAIN) break;
  }
  return 0;
}
