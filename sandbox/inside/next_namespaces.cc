#include "sandbox/inside/next_namespaces.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gobox::sandbox {

int raise_loopback() {
  const int socket_fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return errno;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int failure = ::ioctl(socket_fd, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
  ::close(socket_fd);
  return failure;
}

void NextNamespaces::make() {
  if (ready_) return;
  ready_ = ::unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0 && raise_loopback() == 0;
}

unsigned long long NextNamespaces::missing(bool loopback) const {
  if (!ready_) return CLONE_NEWNET | CLONE_NEWIPC;
  return loopback ? 0 : CLONE_NEWNET;
}

}  // namespace gobox::sandbox
