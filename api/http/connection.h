// SPDX-License-Identifier: Apache-2.0

#pragma once

// Connection: one accepted TCP connection between requests, while one arrives, and while its answer
// is sent. It never blocks: the event loop calls when the socket is ready, and asks what came of
// it. Everything has a bound in bytes and a deadline.
//
// Owns the socket, which is non-blocking. Belongs to the event loop's thread.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "api/http/body_reader.h"
#include "api/http/connection_limits.h"
#include "api/http/exchange.h"
#include "api/http/request_head.h"
#include "base/unique_fd.h"

namespace gobox::api {

class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  enum class Phase {
    kHead,       // waits for a request
    kBody,       // its head was taken
    kAnswering,  // a thread works on it
    kWriting,    // the answer is there
    kFollowing,  // the answer is coming into being
    kLingering,  // closed on our side
  };

  // What has arrived.
  struct NeedMore {};

  struct Whole {};

  using Arrived = std::variant<NeedMore, RequestHead, Whole, Refusal>;

  enum class Io { kSome, kBlocked, kGone };

  Connection(UniqueFd socket, const ConnectionLimits& limits, std::string remote);

  int socket() const { return socket_.get(); }

  Phase phase() const { return phase_; }

  Clock::time_point since() const { return since_; }  // of the phase

  const std::string& remote() const { return remote_; }

  // Memory its caller makes us hold.
  std::size_t held() const;

  // When it is to be given up; see timed_out().
  Clock::time_point deadline() const;

  // The caller has begun a request.
  bool has_begun() const { return !in_.empty() || phase_ == Phase::kBody; }

  // Reading: receive() while arrived() says NeedMore.
  Io receive();
  Arrived arrived();
  // The head was taken: its body is wanted, unless it is refused for its length.
  std::optional<Refusal> begin_body(const RequestHead& head, bool is_upload);

  Result<Spooled> take_body() { return reader_->take(); }

  void begin_answering();

  // The answer as it goes out. `keep_alive`: another request may follow. With a source, `bytes` is
  // its head.
  void begin_writing(std::string bytes, bool keep_alive, std::shared_ptr<BodySource> source,
                     bool chunked);
  // Sends what it can. kSome: everything there was has been sent.
  Io flush();

  // Behind the last byte: another request, or the end of it.
  bool ends_after_answer() const { return !keep_alive_; }

  void begin_head();
  // Ends our side and reads on for a moment: closing at once with unread bytes would reset the
  // connection and with it the answer (RFC 9112 section 9.6).
  void begin_lingering();

  BodySource* source() const { return source_.get(); }

  // Takes the next piece of the source once everything before it was sent.
  void pull();
  // Nothing was sent for a while.
  void beat(Clock::time_point now);

  bool has_output() const { return sent_ < out_.size(); }

 private:
  void enter(Phase phase);
  std::chrono::milliseconds upload_time() const;
  void add_piece(const std::string& piece);
  Arrived head_arrived();

  UniqueFd socket_;
  const ConnectionLimits& limits_;
  const std::string remote_;
  Phase phase_ = Phase::kHead;
  Clock::time_point since_;
  Clock::time_point begun_;  // the first byte of the request
  std::string in_;
  HeadScanner scanner_;
  std::optional<BodyReader> reader_;
  std::size_t most_body_ = 0;
  std::uint64_t received_ = 0;  // of this request's body
  std::string out_;
  std::size_t sent_ = 0;
  Clock::time_point progress_;  // the caller took something
  std::size_t answer_bytes_ = 0;
  bool keep_alive_ = false;
  std::shared_ptr<BodySource> source_;
  bool chunked_ = false;
};

}  // namespace gobox::api
