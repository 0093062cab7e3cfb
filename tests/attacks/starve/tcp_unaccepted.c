// attack: hides memory in TCP connections that nobody accepts, on many sockets with wide buffers
// how: exec
// flags: --memory 64M --run-timeout 20s --total-timeout 30s
// expect: outcome=ok stdout="taken in within a tenth of the limit: REFUSED" stdout="one more listening socket: REFUSED ENOBUFS"
// because: such a connection is charged to nobody, so how many may wait is shared out in sum
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "../held.h"

enum { kListeners = 400 };

static int listening(int family, struct sockaddr_in6* at, socklen_t* size) {
  const int fd = bound_socket(family, SOCK_STREAM, at, size);
  const int most = 2 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &most, sizeof most);
  if (listen(fd, 4096) != 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &most, sizeof most);
  return fd;
}

static int is_connected(int fd) {
  struct tcp_info info = {0};
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_ESTABLISHED;
}

// What the other side has taken in of a connection that nobody there has accepted.
static long fill(int fd) {
  static char block[1 << 16];
  long sent = 0;
  for (long n; (n = send(fd, block, sizeof block, MSG_DONTWAIT)) > 0;) sent += n;
  int left = 0;
  ioctl(fd, SIOCOUTQ, &left);
  return sent - left;
}

int main(void) {
  struct sockaddr_in6 to;
  socklen_t size;
  long taken = 0;
  int connections = 0;
  int last = 0;
  for (int i = 0; i < kListeners && last >= 0; ++i) {
    last = listening(i % 2 ? AF_INET6 : AF_INET, &to, &size);
    for (int full = 0; last >= 0 && !full;) {
      const int fd = socket(to.sin6_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
      connect(fd, (struct sockaddr*)&to, size);
      full = fd < 0 || !is_connected(fd);
      if (full) {
        close(fd);
      } else {
        ++connections;
        taken += fill(fd);
      }
    }
  }
  attempt("one more listening socket", last);
  printf("%d connections, %ld KiB\n", connections, taken >> 10);
  expect("taken in within a tenth of the limit", taken <= (64 << 20) / 10);
  return 0;
}
