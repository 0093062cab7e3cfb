// attack: opens a socket of every other family, or a pair of them
// how: exec
// expect: outcome=ok stdout="families that opened: REFUSED" stdout="pairs the kernel looked at: REFUSED"
#include <sys/socket.h>

#include "../report.h"

int main(void) {
  int opened = 0;
  for (int family = 0; family < 64; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK) continue;
    for (int type = SOCK_STREAM; type <= SOCK_PACKET; ++type) {
      const int fd = socket(family, type, 0);
      if (fd >= 0) {
        printf("family %d type %d opened\n", family, type);
        ++opened;
      }
    }
  }
  expect("families that opened", opened == 0);
  int looked = 0;
  for (int family = 2; family < 64; ++family) {
    int pair[2];
    looked += socketpair(family, SOCK_DGRAM, 0, pair) == 0 || errno != EAFNOSUPPORT;
  }
  expect("pairs the kernel looked at", looked == 0);
  return 0;
}
