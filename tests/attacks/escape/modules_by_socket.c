// attack: makes the kernel look for modules, by requests that ask for no right before
// how: exec
// expect: outcome=ok stdout="SIOCGIFBR: REFUSED EPERM" stdout="SIOCBRADDBR: REFUSED EPERM" stdout="SIOCGIFVLAN: REFUSED EPERM" stdout="SIOCSIFVLAN: REFUSED EPERM" stdout="TCP_MD5SIG: REFUSED ENOPROTOOPT" stdout="TCP_AO_ADD_KEY: REFUSED ENOPROTOOPT" stdout="protocols the kernel looked for: REFUSED"
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "../report.h"

// By number: which the kernel has at hand, and would open without a look for more.
static int at_hand(int family, int type, int protocol) {
  if (protocol == 0) return 1;
  if (type == SOCK_STREAM) return protocol == IPPROTO_TCP;
  return protocol == IPPROTO_UDP || (family == AF_INET && protocol == IPPROTO_ICMP);
}

int main(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  attempt("SIOCGIFBR", ioctl(fd, 0x8940, 1));
  attempt("SIOCSIFBR", ioctl(fd, 0x8941, 1));
  attempt("SIOCBRADDBR", ioctl(fd, 0x89a0, 1));
  attempt("SIOCBRDELBR", ioctl(fd, 0x89a1, 1));
  attempt("SIOCGIFVLAN", ioctl(fd, 0x8982, 1));
  attempt("SIOCSIFVLAN", ioctl(fd, 0x8983, 1));
  attempt("TCP_MD5SIG", setsockopt(fd, IPPROTO_TCP, 14, (void*)1, 216));
  attempt("TCP_MD5SIG_EXT", setsockopt(fd, IPPROTO_TCP, 32, (void*)1, 216));
  attempt("TCP_AO_ADD_KEY", setsockopt(fd, IPPROTO_TCP, 38, (void*)1, 216));
  int looked = 0;
  for (int family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET) {
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; ++type) {
      for (int protocol = 0; protocol < 300; ++protocol) {
        if (at_hand(family, type, protocol)) continue;
        // From our filter; the kernel says the same, but by that time has looked.
        looked += socket(family, type, protocol) >= 0 || errno != EPROTONOSUPPORT;
      }
    }
  }
  expect("protocols the kernel looked for", looked == 0);
  return 0;
}
