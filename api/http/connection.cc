// SPDX-License-Identifier: Apache-2.0

#include "api/http/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "api/http/library.h"

namespace gobox::api {
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{64} << 10;
constexpr std::size_t kPiece = std::size_t{256} << 10;  // of a source
constexpr std::chrono::milliseconds kLinger{2000};
constexpr const char* kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Refusal too_large(std::size_t most) {
  return {413, "the body is larger than " + std::to_string(most) + " bytes"};
}

}  // namespace

Connection::Connection(UniqueFd socket, const ConnectionLimits& limits, std::string remote)
    : socket_(std::move(socket)), limits_(limits), remote_(std::move(remote)) {
  begin_head();
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  since_ = Clock::now();
}

std::size_t Connection::held() const {
  return in_.capacity() + out_.capacity() + (reader_ ? reader_->held() : 0);
}

// What an upload of this size takes at the least speed.
std::chrono::milliseconds Connection::upload_time() const {
  if (most_body_ <= limits_.body_bytes) return {};
  return std::chrono::milliseconds(1000 * received_ / limits_.upload_bytes_per_second);
}

Connection::Clock::time_point Connection::deadline() const {
  switch (phase_) {
    case Phase::kHead:
      return in_.empty() ? since_ + limits_.idle_time : begun_ + limits_.head_time;
    case Phase::kBody:
      return since_ + limits_.body_time + upload_time();
    case Phase::kWriting: {
      const std::chrono::milliseconds transfer(1000 * answer_bytes_ /
                                               limits_.answer_bytes_per_second);
      return std::min(progress_ + limits_.stall_time, since_ + limits_.answer_time + transfer);
    }
    case Phase::kFollowing:
      if (has_output()) return progress_ + limits_.stall_time;
      break;
    case Phase::kLingering:
      return since_ + kLinger;
    case Phase::kAnswering:
      break;
  }
  return Clock::time_point::max();
}

void Connection::begin_head() {
  if (phase_ != Phase::kHead) reader_.reset();
  scanner_ = HeadScanner();
  source_.reset();
  begun_ = Clock::now();
  // A burst's memory does not stay with an idle connection.
  if (in_.empty()) std::string().swap(in_);
  std::string().swap(out_);
  sent_ = 0;
  enter(Phase::kHead);
}

Connection::Io Connection::receive() {
  thread_local std::array<char, kReadAtOnce> buffer;
  const std::size_t most =
      phase_ == Phase::kHead ? std::min(buffer.size(), limits_.head_bytes + 1) : buffer.size();
  for (;;) {
    const ssize_t count = ::recv(socket_.get(), buffer.data(), most, 0);
    if (count > 0) {
      if (phase_ == Phase::kLingering) return Io::kSome;
      if (phase_ == Phase::kHead && in_.empty()) begun_ = Clock::now();
      in_.append(buffer.data(), static_cast<std::size_t>(count));
      return Io::kSome;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return Io::kBlocked;
    return Io::kGone;
  }
}

Connection::Arrived Connection::arrived() {
  if (phase_ == Phase::kHead) return head_arrived();
  const std::size_t fed = reader_->feed(in_);
  received_ += fed;
  in_.erase(0, fed);
  switch (reader_->state()) {
    case BodyReader::State::kMore:
      return NeedMore{};
    case BodyReader::State::kDone:
      return Whole{};
    case BodyReader::State::kTooLarge:
      return too_large(most_body_);
    case BodyReader::State::kNoRoom:
      return Refusal{507, "the body cannot be kept: " + reader_->trouble()};
    case BodyReader::State::kBad:
      break;
  }
  return Refusal{400, "the body is not in chunks as it should be"};
}

Connection::Arrived Connection::head_arrived() {
  const auto state = scanner_.scan(in_);
  if (state == HeadScanner::State::kBad) {
    return Refusal{400, "the request is not HTTP/1.1 as this server understands it"};
  }
  const std::size_t size = state == HeadScanner::State::kDone ? scanner_.end() : in_.size();
  if (size > limits_.head_bytes) {
    return Refusal{431, "request line and header fields are larger than " +
                            std::to_string(limits_.head_bytes) + " bytes"};
  }
  if (state == HeadScanner::State::kMore) return NeedMore{};
  const std::string_view head =
      std::string_view(in_).substr(scanner_.begin(), scanner_.end() - scanner_.begin());
  auto parsed = parse_head(head, std::max(limits_.body_bytes, limits_.upload_bytes));
  if (auto* refusal = std::get_if<Refusal>(&parsed)) return std::move(*refusal);
  in_.erase(0, scanner_.end());
  return std::get<RequestHead>(std::move(parsed));
}

std::optional<Refusal> Connection::begin_body(const RequestHead& head, bool is_upload) {
  most_body_ = is_upload ? std::max(limits_.body_bytes, limits_.upload_bytes) : limits_.body_bytes;
  received_ = 0;
  if (head.length > most_body_) return too_large(most_body_);
  reader_.emplace(head.framing, head.length, most_body_,
                  is_upload ? limits_.spool_directory : std::string());
  enter(Phase::kBody);
  if (!head.has_body() || !in_.empty()) return std::nullopt;
  if (head.expects_continue) {
    // Fits the socket's buffer, which is empty: every answer before was sent.
    static_cast<void>(::send(socket_.get(), kContinue, std::char_traits<char>::length(kContinue),
                             MSG_NOSIGNAL | MSG_DONTWAIT));
  }
  // A client that sends the head apart from the body waits for our ACK between them, which the
  // kernel would hold back for 40 ms (tcp(7), TCP_QUICKACK).
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  return std::nullopt;
}

void Connection::begin_answering() {
  enter(Phase::kAnswering);
}

void Connection::begin_writing(std::string bytes, bool keep_alive,
                               std::shared_ptr<BodySource> source, bool chunked) {
  reader_.reset();
  out_ = std::move(bytes);
  sent_ = 0;
  answer_bytes_ = out_.size();
  keep_alive_ = keep_alive;
  source_ = std::move(source);
  chunked_ = chunked;
  progress_ = Clock::now();
  enter(source_ ? Phase::kFollowing : Phase::kWriting);
}

Connection::Io Connection::flush() {
  while (has_output()) {
    const ssize_t count =
        ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count > 0) {
      sent_ += static_cast<std::size_t>(count);
      progress_ = Clock::now();
    } else if (count < 0 && errno == EAGAIN) {
      return Io::kBlocked;
    } else if (count == 0 || errno != EINTR) {
      return Io::kGone;
    }
  }
  out_.clear();
  sent_ = 0;
  return Io::kSome;
}

void Connection::begin_lingering() {
  ::shutdown(socket_.get(), SHUT_WR);
  std::string().swap(in_);
  std::string().swap(out_);
  sent_ = 0;
  source_.reset();
  enter(Phase::kLingering);
}

void Connection::add_piece(const std::string& piece) {
  if (piece.empty()) return;  // an empty chunk would be the last one
  out_ += chunked_ ? chunk_of(piece) : piece;
}

void Connection::pull() {
  std::string piece;
  const auto state = source_->pull(piece, kPiece);
  add_piece(piece);
  if (has_output() && sent_ == 0) progress_ = Clock::now();
  if (state == BodySource::State::kMore) return;
  if (chunked_) out_ += kLastChunk;
  source_.reset();
  answer_bytes_ = out_.size();
  enter(Phase::kWriting);
}

void Connection::beat(Clock::time_point now) {
  if (!source_ || has_output() || now - progress_ < limits_.heartbeat) return;
  progress_ = now;
  add_piece(std::string(source_->heartbeat()));
}

}  // namespace gobox::api
