// SPDX-License-Identifier: Apache-2.0

#include "tests/support/http_module_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "gtest/gtest.h"

namespace gobox::tests {
namespace {

constexpr int kLookMs = 50;  // between looks at whether we are to stop

std::string head(const std::string& status, std::size_t size, const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(size) +
         "\r\nConnection: close\r\n" + more + "\r\n";
}

void send_all(int connection, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t now = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return;
    sent += static_cast<std::size_t>(now);
  }
}

// "GET /path HTTP/1.1": the path, or nothing.
std::string asked_path(int connection) {
  std::string request;
  char bytes[4096];
  while (request.find("\r\n\r\n") == std::string::npos && request.size() < 65536) {
    const ssize_t got = ::recv(connection, bytes, sizeof bytes, 0);
    if (got <= 0) return "";
    request.append(bytes, static_cast<std::size_t>(got));
  }
  const std::size_t begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

}  // namespace

HttpModuleProxy::HttpModuleProxy(std::string directory)
    : directory_(std::move(directory)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener_.get(), generic, size), 0);
  EXPECT_EQ(::listen(listener_.get(), 64), 0);
  EXPECT_EQ(::getsockname(listener_.get(), generic, &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpModuleProxy::~HttpModuleProxy() {
  stopping_ = true;
  thread_.join();
  for (std::thread& each : answering_) each.join();
}

std::string HttpModuleProxy::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void HttpModuleProxy::serve() {
  while (!stopping_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, kLookMs) <= 0) continue;
    const int connection = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answering_.emplace_back([this, connection] {
      const UniqueFd owned(connection);
      answer(connection);
    });
  }
}

void HttpModuleProxy::answer(int connection) {
  const std::string path = asked_path(connection);
  if (path.empty() || path.find("..") != std::string::npos) return;
  const bool zip = path.ends_with(".zip");
  if (zip) ++zips_asked_;
  if (manners_ == Manners::kRefuses) return send_all(connection, head("503 Busy", 0));
  if (manners_ == Manners::kElsewhere) {
    return send_all(connection,
                    head("302 Found", 0, "Location: http://127.0.0.2:1" + path + "\r\n"));
  }
  const auto bytes = read_file(directory_ + path, std::size_t{1} << 30);
  if (!bytes) return send_all(connection, head("404 Not Found", 0));
  if (zip) return send_zip(connection, *bytes);
  send_all(connection, head("200 OK", bytes->size()) + *bytes);
}

void HttpModuleProxy::send_zip(int connection, const std::string& bytes) {
  switch (manners_) {
    case Manners::kBreaksOff:
      return send_all(connection, head("200 OK", bytes.size()) + bytes.substr(0, bytes.size() / 2));
    case Manners::kDrips:
      send_all(connection, head("200 OK", std::size_t{1} << 20));
      while (!stopping_) {
        send_all(connection, "x");
        pollfd hung_up{connection, POLLRDHUP, 0};
        if (::poll(&hung_up, 1, kLookMs) > 0) return;
      }
      return;
    default:
      return send_all(connection, head("200 OK", bytes.size()) + bytes);
  }
}

}  // namespace gobox::tests
