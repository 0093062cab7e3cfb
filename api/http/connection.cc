#include "api/http/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace gobox::api {
namespace {

constexpr std::size_t kBuffer = 16384;
// Chunk sizes and part headers come on top of a body's own bytes.
constexpr std::size_t kFraming = std::size_t{64} << 10;
constexpr std::chrono::milliseconds kLinger{2000};

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<long>(ms, 0, 1'000'000));
}

// False at the deadline.
bool wait_for(int socket, short events, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    pollfd entry{socket, events, 0};
    const int ready = ::poll(&entry, 1, milliseconds_until(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

Connection::Connection(UniqueFd socket, const ConnectionLimits& limits, std::string remote)
    : socket_(std::move(socket)), limits_(limits), remote_(std::move(remote)) {
  begin_head();
}

void Connection::begin_head() {
  in_body_ = false;
  taken_ = 0;
  trouble_ = Trouble::kNone;
  deadline_ = Clock::now() + limits_.head_time;
}

void Connection::begin_body() {
  // A client that sends the head apart from the body waits for our ACK between them, which the
  // kernel would hold back for 40 ms (tcp(7), TCP_QUICKACK).
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  in_body_ = true;
  taken_ = 0;
  deadline_ = Clock::now() + limits_.body_time;
}

bool Connection::is_readable() const {
  return has_buffered() || wait_for(socket_.get(), POLLIN, deadline_);
}

bool Connection::is_writable() const {
  pollfd entry{socket_.get(), POLLOUT, 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLERR | POLLHUP)) == 0;
}

// False: nothing more will come; trouble_ says why.
bool Connection::fill() {
  if (buffer_.empty()) buffer_.resize(kBuffer);
  for (;;) {
    const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (count > 0) {
      at_ = 0;
      filled_ = static_cast<std::size_t>(count);
      return true;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || errno != EAGAIN) {
      trouble_ = Trouble::kClosed;
      return false;
    }
    if (!wait_for(socket_.get(), POLLIN, deadline_)) {
      trouble_ = Trouble::kTooSlow;
      return false;
    }
  }
}

ssize_t Connection::read(char* ptr, std::size_t size) {
  if (!has_buffered() && !fill()) return trouble_ == Trouble::kClosed ? 0 : -1;
  if (Clock::now() > deadline_) {
    trouble_ = Trouble::kTooSlow;
    return -1;
  }
  const std::size_t most = in_body_ ? 2 * limits_.body_bytes + kFraming : limits_.head_bytes;
  if (taken_ >= most) {
    trouble_ = Trouble::kTooLarge;
    return -1;
  }
  const std::size_t count = std::min({size, filled_ - at_, most - taken_});
  std::copy_n(buffer_.data() + at_, count, ptr);
  at_ += count;
  taken_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* ptr, std::size_t size) {
  std::size_t sent = 0;
  while (sent < size) {
    const ssize_t count = ::send(socket_.get(), ptr + sent, size - sent, MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EAGAIN) {
      if (!wait_for(socket_.get(), POLLOUT, Clock::now() + limits_.write_time)) return -1;
    } else if (count < 0 && errno != EINTR) {
      return -1;
    }
  }
  return static_cast<ssize_t>(sent);
}

void Connection::linger() {
  ::shutdown(socket_.get(), SHUT_WR);
  const auto deadline = Clock::now() + kLinger;
  if (buffer_.empty()) buffer_.resize(kBuffer);
  while (Clock::now() < deadline && wait_for(socket_.get(), POLLIN, deadline)) {
    const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return;
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = remote_;
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace gobox::api
