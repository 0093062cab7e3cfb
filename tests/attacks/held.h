// SPDX-License-Identifier: Apache-2.0

#pragma once

// What the programs that fill sockets share: how much memory the kernel holds in a socket's queues
// (SO_MEMINFO: sizes of the packets as it counts them, not their payload), and the bound: the
// memory limit of 64 MiB and a tenth more.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "report.h"

enum { kBound = (64 << 20) + (64 << 20) / 10, kGiveUp = 2 * kBound };

static inline long held_in(int fd) {
  unsigned info[9] = {0};
  socklen_t size = sizeof info;
  if (getsockopt(fd, SOL_SOCKET, 55, info, &size) != 0) return 0;
  return (long)info[0] + info[2] + info[5];  // received, to be sent, queued to be sent
}

static inline void widen(int fd) {
  const int most = 1 << 26;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most, sizeof most);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
}

// A socket of any of the two families, bound to loopback; its address is left in `at`.
static inline int bound_socket(int family, int type, struct sockaddr_in6* at, socklen_t* size) {
  const int fd = socket(family, type, 0);
  memset(at, 0, sizeof *at);
  at->sin6_family = (sa_family_t)family;
  *size = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  if (family == AF_INET6) at->sin6_addr = in6addr_loopback;
  if (family == AF_INET) ((struct sockaddr_in*)at)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, (struct sockaddr*)at, *size) != 0) return -1;
  getsockname(fd, (struct sockaddr*)at, size);
  widen(fd);
  return fd;
}

static inline void report_held(const char* what, long total) {
  printf("%s: %ld KiB\n", what, total >> 10);
  expect("within the limit and a tenth", total <= kBound);
}
