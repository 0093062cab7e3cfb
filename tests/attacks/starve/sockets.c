// attack: hides its memory in the buffers of sockets
// how: exec
// flags: --memory 64M
// expect: outcome=ok stdout="bytes in sockets within the limit: REFUSED"
// expect: outcome=oom
#include <sys/socket.h>

#include "../report.h"

int main(void) {
  static char block[1 << 16];
  long total = 0;
  int fds[2];
  while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0) {
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &(int){1 << 24}, sizeof(int));
    ssize_t count;
    while ((count = write(fds[0], block, sizeof block)) > 0) total += count;
  }
  expect("bytes in sockets within the limit", total < 64 << 20);
  return 0;
}
