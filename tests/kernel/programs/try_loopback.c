// SPDX-License-Identifier: Apache-2.0

// try_loopback PORT: every interface and whether it is up, a listener of its own, and the host's port.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "program.h"

static struct sockaddr_in local(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static long connect_to(int port) {
  const struct sockaddr_in address = local(port);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  require(fd >= 0, "socket");
  return connect(fd, (const struct sockaddr*)&address, sizeof address);
}

static int listen_on_any(void) {
  struct sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  require(fd >= 0, "socket");
  require(bind(fd, (const struct sockaddr*)&address, sizeof address) == 0, "bind");
  require(listen(fd, 1) == 0, "listen");
  require(getsockname(fd, (struct sockaddr*)&address, &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

static void tell_interfaces(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  require(fd >= 0, "socket");
  for (int index = 1; index < 16; ++index) {
    struct ifreq request = {.ifr_ifindex = index};
    if (ioctl(fd, SIOCGIFNAME, &request) != 0) continue;
    require(ioctl(fd, SIOCGIFFLAGS, &request) == 0, "SIOCGIFFLAGS");
    printf("interface %s %s\n", request.ifr_name, request.ifr_flags & IFF_UP ? "up" : "down");
  }
}

int main(int argc, char** argv) {
  require(argc == 2, "arguments");
  tell_interfaces();
  tell("host", connect_to(atoi(argv[1])));
  // Binding fails where the loopback device is down and has no address.
  struct ifreq request = {.ifr_name = "lo"};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  require(ioctl(fd, SIOCGIFFLAGS, &request) == 0, "SIOCGIFFLAGS");
  if (request.ifr_flags & IFF_UP) tell("own", connect_to(listen_on_any()));
  return 0;
}
