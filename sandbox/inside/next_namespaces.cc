// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/next_namespaces.h"

#include <fcntl.h>
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

namespace {

// A connection is charged to nobody until it is accepted, nor is what it received; so how many may
// wait on a listening socket is what Go asks for, and the space for each is small. (It grows as the
// program reads.) Not where /proc/sys may not be written, as in some containers.
void bound_uncharged_sockets() {
  static constexpr const char* kSettings[][2] = {
      {"/proc/sys/net/core/somaxconn", "128"},
      {"/proc/sys/net/ipv4/tcp_rmem", "4096 16384 4194304"},
      {"/proc/sys/net/ipv4/tcp_max_tw_buckets", "4096"}};
  for (const auto& [path, value] : kSettings) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) continue;
    static_cast<void>(!::pwrite(fd, value, std::strlen(value), 0));
    ::close(fd);
  }
}

}  // namespace

void NextNamespaces::make() {
  if (ready_) return;
  ready_ = ::unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0 && raise_loopback() == 0;
  if (ready_) bound_uncharged_sockets();
}

unsigned long long NextNamespaces::missing(bool loopback) const {
  if (!ready_) return CLONE_NEWNET | CLONE_NEWIPC;
  return loopback ? 0 : CLONE_NEWNET;
}

}  // namespace gobox::sandbox
