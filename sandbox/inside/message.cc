// SPDX-License-Identifier: Apache-2.0

#include "sandbox/inside/message.h"

#include <sys/socket.h>

#include <cerrno>

namespace gobox::sandbox {

int send_message(int socket, const void* bytes, std::size_t size, const int* fds,
                 std::size_t count) {
  iovec part{const_cast<void*>(bytes), size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (count > kMaxDescriptors) return EINVAL;
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    std::memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

Received receive_message(int socket, void* buffer, std::size_t capacity, int flags) {
  Received received;
  iovec part{buffer, capacity};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  do {
    received.size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
  } while (received.size < 0 && errno == EINTR);
  if (received.size < 0) {
    received.errno_value = errno;
    return received;
  }
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    received.fd_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(received.fds, CMSG_DATA(header), sizeof(int) * received.fd_count);
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    received.size = -1;
    received.errno_value = EMFILE;
  }
  return received;
}

}  // namespace gobox::sandbox
