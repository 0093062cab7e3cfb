// SPDX-License-Identifier: Apache-2.0

#include "api/http/library.h"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gobox::api {
namespace {

constexpr time_t kKeepAliveSeconds = 10;  // ConnectionLimits::idle_time
constexpr std::size_t kKeepAliveRequests = 1'000'000;

// A connection of memory: reads the request of ours, keeps what is written.
class Exchange final : public httplib::Stream {
 public:
  explicit Exchange(std::string request) : request_(std::move(request)) {}

  bool is_readable() const override { return at_ < request_.size(); }

  bool is_writable() const override { return true; }

  ssize_t read(char* to, std::size_t size) override {
    const std::size_t count = std::min(size, request_.size() - at_);
    std::copy_n(request_.data() + at_, count, to);
    at_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* bytes, std::size_t size) override {
    answer_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string&, int&) const override {}

  void get_local_ip_and_port(std::string&, int&) const override {}

  socket_t socket() const override { return INVALID_SOCKET; }

  std::string take() { return std::move(answer_); }

 private:
  const std::string request_;
  std::size_t at_ = 0;
  std::string answer_;
};

// The library has no public way to write an answer without its own sockets and threads; of what a
// derived class may use, process_request() alone is used.
class Library final : private httplib::Server {
 public:
  Library() {
    // What its Keep-Alive header says; the event loop decides.
    set_keep_alive_timeout(kKeepAliveSeconds);
    set_keep_alive_max_count(kKeepAliveRequests);
    set_pre_routing_handler([this](const httplib::Request&, httplib::Response& to) {
      fill(to);
      return HandlerResponse::Handled;
    });
  }

  std::string render(const Response& response, const AnswerShape& shape) {
    response_ = &response;
    shape_ = shape;
    Exchange exchange(std::string(shape.head_only ? "HEAD" : "GET") + " / HTTP/1.1\r\n\r\n");
    bool closed = false;
    process_request(exchange, !shape.keep_alive, closed, [](httplib::Request&) {});
    return exchange.take();
  }

 private:
  void fill(httplib::Response& to) const {
    to.status = response_->status;
    for (const auto& [name, value] : response_->headers) to.set_header(name, value);
    if (response_->source) {
      // The body is sent by others; a provider that gives nothing leaves the head alone.
      const auto nothing = [](std::size_t, httplib::DataSink&) { return false; };
      if (shape_.old_version) {
        to.set_content_provider(response_->type, nothing);
      } else {
        to.set_chunked_content_provider(response_->type, nothing);
      }
      return;
    }
    to.body = response_->body;
    if (!response_->type.empty()) to.set_header("Content-Type", response_->type);
  }

  const Response* response_ = nullptr;
  AnswerShape shape_;
};

}  // namespace

std::string render_answer(const Response& response, const AnswerShape& shape) {
  thread_local Library library;
  return library.render(response, shape);
}

std::string chunk_of(const std::string& piece) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), piece.size(), 16).ptr;
  return std::string(digits.begin(), end) + "\r\n" + piece + "\r\n";
}

}  // namespace gobox::api
