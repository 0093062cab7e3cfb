#pragma once

// Connection: one accepted TCP connection as cpp-httplib's Stream, with what the library lacks: a
// deadline over a whole request head and a whole body (a caller who sends a byte a second must not
// hold a thread), and a bound on the bytes of each.
//
// Owns the socket, which is non-blocking. Used by one thread at a time. Only for api/http_*.cc: the
// library's header is large.

#include <httplib.h>

#include <chrono>
#include <string>

#include "api/http/connection_limits.h"
#include "base/unique_fd.h"

namespace gobox::api {

class Connection final : public httplib::Stream {
 public:
  enum class Trouble { kNone, kTooLarge, kTooSlow, kClosed };

  Connection(UniqueFd socket, const ConnectionLimits& limits, std::string remote);
  ~Connection() override = default;

  void begin_head();
  void begin_body();

  // Bytes of a next request are here already.
  bool has_buffered() const { return at_ < filled_; }

  bool in_body() const { return in_body_; }

  Trouble trouble() const { return trouble_; }

  const std::string& remote() const { return remote_; }

  // Ends our side and reads on for a moment: closing at once with unread bytes would reset the
  // connection and with it the answer (RFC 9112 section 9.6).
  void linger();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* ptr, std::size_t size) override;
  ssize_t write(const char* ptr, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;

  socket_t socket() const override { return socket_.get(); }

 private:
  using Clock = std::chrono::steady_clock;

  bool fill();

  UniqueFd socket_;
  const ConnectionLimits& limits_;
  std::string remote_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;  // bytes of this part
  bool in_body_ = false;
  Clock::time_point deadline_{};
  Trouble trouble_ = Trouble::kNone;
};

}  // namespace gobox::api
