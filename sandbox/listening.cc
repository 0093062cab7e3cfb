// SPDX-License-Identifier: Apache-2.0

#include "sandbox/listening.h"

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/unique_fd.h"

namespace gobox::sandbox {
namespace {

// A socket is of the namespace that its maker is in; where it is used does not matter.
UniqueFd diag_socket_of(pid_t process) {
  const std::string theirs = "/proc/" + std::to_string(process) + "/ns/net";
  const UniqueFd there(::open(theirs.c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!there || !here || ::setns(there.get(), CLONE_NEWNET) != 0) return UniqueFd();
  UniqueFd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  return ::setns(here.get(), CLONE_NEWNET) == 0 ? std::move(socket) : UniqueFd();
}

bool ask(const UniqueFd& socket, int family) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 question;
  } message{};

  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.question.sdiag_family = static_cast<__u8>(family);
  message.question.sdiag_protocol = IPPROTO_TCP;
  message.question.idiag_states = 1U << TCP_LISTEN;
  return ::send(socket.get(), &message, sizeof message, 0) == static_cast<ssize_t>(sizeof message);
}

// The kernel has an answer ready for every call until it says that it was the last.
bool take_answers(const UniqueFd& socket, std::set<ino_t>& inodes) {
  alignas(nlmsghdr) char buffer[32768];
  for (;;) {
    const ssize_t size = ::recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (size <= 0) return false;
    std::size_t at = 0;
    const auto end = static_cast<std::size_t>(size);
    while (at + sizeof(nlmsghdr) <= end) {
      const auto* header = reinterpret_cast<const nlmsghdr*>(buffer + at);
      if (header->nlmsg_type == NLMSG_DONE) return true;
      const std::size_t length = header->nlmsg_len;
      const bool whole = length >= NLMSG_HDRLEN + sizeof(inet_diag_msg) && length <= end - at;
      if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY || !whole) return false;
      const auto* answer = reinterpret_cast<const inet_diag_msg*>(buffer + at + NLMSG_HDRLEN);
      inodes.insert(answer->idiag_inode);
      at += NLMSG_ALIGN(length);
    }
  }
}

std::optional<std::set<ino_t>> by_diag(pid_t process) {
  const UniqueFd socket = diag_socket_of(process);
  if (!socket) return std::nullopt;
  std::set<ino_t> inodes;
  for (const int family : {AF_INET, AF_INET6}) {
    if (!ask(socket, family) || !take_answers(socket, inodes)) return std::nullopt;
  }
  return inodes;
}

}  // namespace

std::optional<std::set<ino_t>> listening_in(pid_t process) {
  if (auto inodes = by_diag(process)) return inodes;
  std::set<ino_t> inodes;
  const std::string tables = "/proc/" + std::to_string(process) + "/net/";
  std::ifstream tcp(tables + "tcp");
  if (!tcp) return std::nullopt;
  read_listening(tcp, inodes);
  std::ifstream tcp6(tables + "tcp6");  // missing where the kernel has no IPv6
  read_listening(tcp6, inodes);
  return inodes;
}

void read_listening(std::istream& table, std::set<ino_t>& inodes) {
  constexpr const char* kListen = "0A";  // TCP_LISTEN
  std::string line;
  std::getline(table, line);  // the heading
  while (std::getline(table, line)) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 4; ++i) words >> word;  // number, local and remote address, state
    if (word != kListen) return;
    for (int i = 0; i < 5; ++i) words >> word;  // queues, timer, retransmits, user, timeout
    ino_t inode = 0;
    if (words >> inode) inodes.insert(inode);
  }
}

}  // namespace gobox::sandbox
