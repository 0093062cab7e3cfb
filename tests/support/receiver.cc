// SPDX-License-Identifier: Apache-2.0

#include "tests/support/receiver.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "gtest/gtest.h"

namespace gobox::tests {
namespace {

constexpr std::chrono::seconds kPatience{30};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Receiver::Received read_request(int socket) {
  std::string bytes;
  std::size_t head = std::string::npos;
  std::size_t body_size = 0;
  Receiver::Received received;
  while (head == std::string::npos || bytes.size() < head + body_size) {
    char chunk[65536];
    const ssize_t count = ::read(socket, chunk, sizeof chunk);
    if (count <= 0) return received;
    bytes.append(chunk, static_cast<std::size_t>(count));
    if (head != std::string::npos || bytes.find("\r\n\r\n") == std::string::npos) continue;
    head = bytes.find("\r\n\r\n") + 4;
    std::istringstream lines(bytes.substr(0, head));
    std::getline(lines, received.line, '\r');
    for (std::string line; std::getline(lines, line, '\r');) {
      const std::size_t colon = line.find(": ");
      if (colon == std::string::npos) continue;
      received.headers[lower(line.substr(1, colon - 1))] = line.substr(colon + 2);
    }
    body_size = std::strtoul(received.headers["content-length"].c_str(), nullptr, 10);
  }
  received.body = bytes.substr(head);
  return received;
}

}  // namespace

Receiver::Receiver(std::deque<std::string> answers)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      answers_(std::move(answers)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener_.get(), plain, size), 0);
  EXPECT_EQ(::listen(listener_.get(), 64), 0);
  EXPECT_EQ(::getsockname(listener_.get(), plain, &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

Receiver::~Receiver() {
  const std::uint64_t one = 1;
  EXPECT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  thread_.join();
}

std::vector<Receiver::Received> Receiver::await(std::size_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return received_.size() >= count; }))
      << received_.size() << " of " << count << " came";
  return received_;
}

void Receiver::serve() {
  for (;;) {
    pollfd waits[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 || waits[1].revents != 0) return;
    const UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket) answer(socket.get());
  }
}

void Receiver::answer(int socket) {
  const timeval patience{kPatience.count(), 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Received received = read_request(socket);
  std::string said = "HTTP/1.1 204 No Content";
  const std::lock_guard lock(mutex_);
  if (!answers_.empty()) {
    said = answers_.front();
    answers_.pop_front();
  }
  if (!said.empty()) said += "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  if (::send(socket, said.data(), said.size(), MSG_NOSIGNAL) < 0) said.clear();
  received_.push_back(std::move(received));
  changed_.notify_all();
}

}  // namespace gobox::tests
