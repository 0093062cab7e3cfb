#include "api/http/http_engine.h"

#include <charconv>

namespace gobox::api {
namespace {

constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kMaxParts = 16;  // of a form

Request convert(const httplib::Request& from, int socket, const std::string& remote) {
  Request request;
  request.method = from.method == "HEAD" ? "GET" : from.method;
  request.path = from.path;
  for (const auto& [name, value] : from.params) request.query.emplace(name, value);
  for (const auto& [name, value] : from.headers) request.headers.emplace(name, value);
  request.socket = socket;
  request.remote = remote;
  return request;
}

void fill(httplib::Response& to, Response from) {
  to.status = from.status;
  for (auto& [name, value] : from.headers) to.set_header(name, value);
  if (!from.stream) {
    to.body = std::move(from.body);
    if (!from.type.empty()) to.set_header("Content-Type", from.type);
    return;
  }
  to.set_chunked_content_provider(
      from.type, [stream = std::move(from.stream)](std::size_t, httplib::DataSink& sink) {
        bool there = true;
        stream([&](std::string_view bytes) {
          there = there && sink.write(bytes.data(), bytes.size());
          return there;
        });
        if (there) sink.done();
        return there;
      });
}

// nullopt: no such header, or no number.
std::optional<std::uint64_t> content_length(const httplib::Request& request) {
  const std::string text = request.get_header_value("Content-Length");
  std::uint64_t length = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return length;
}

bool is_chunked(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding");
}

bool may_have_body(const httplib::Request& request) {
  return is_chunked(request) || request.has_header("Content-Length");
}

}  // namespace

class HttpEngine::Library final : private httplib::Server {
 public:
  Library(const Application& application, const ConnectionLimits& limits, int listening)
      : application_(application), limits_(limits) {
    svr_sock_ = listening;
    set_pre_routing_handler(
        [this](const httplib::Request& from, httplib::Response& to) { return on_head(from, to); });
    Post(".*", [this](const httplib::Request& from, httplib::Response& to,
                      const httplib::ContentReader& reader) { on_body(from, to, reader); });
    set_error_handler([this](const httplib::Request&, httplib::Response& to) { on_error(to); });
    // Whoever asks before sending a large body, as curl does, is told why not. (417 is written by
    // the library as a bare line, and the answer proper after it.)
    set_expect_100_continue_handler([this](const httplib::Request& from, httplib::Response& to) {
      if (content_length(from).value_or(0) <= limits_.body_bytes) return 100;
      finish(from, to, too_large());
      return 413;
    });
  }

  bool serve(Connection& connection, bool close_after) {
    connection_ = &connection;
    connection.begin_head();
    close_ = false;
    answered_ = false;
    bool closed = false;
    const bool sent = process_request(connection, close_after, closed, [&](httplib::Request& from) {
      connection.begin_body();
      // The library would compress answers at its slowest setting, and cut ranges out of them.
      from.headers.erase("Accept-Encoding");
      from.ranges.clear();
    });
    if (close_ && sent) connection.linger();
    return sent && !closed && !close_ && !close_after;
  }

 private:
  HandlerResponse on_head(const httplib::Request& from, httplib::Response& to) {
    request_ = convert(from, connection_->socket(), connection_->remote());
    if (auto refusal = refuse_framing(from)) return finish(from, to, std::move(*refusal));
    if (auto answer = guarded([&] { return application_.answer_head(request_); })) {
      return finish(from, to, std::move(*answer));
    }
    return HandlerResponse::Unhandled;
  }

  std::optional<Response> refuse_framing(const httplib::Request& from) const {
    if (from.path.size() > kMaxPath) {
      return application_.refuse(414,
                                 "the path is longer than " + std::to_string(kMaxPath) + " bytes");
    }
    const bool chunked = is_chunked(from);
    const auto length = content_length(from);
    // Both, or either twice, is how requests are smuggled past a proxy (RFC 9112 section 6.3).
    if (from.get_header_value_count("Content-Length") > 1 ||
        (chunked && from.has_header("Content-Length"))) {
      return application_.refuse(400, "the length of the body is given twice");
    }
    if (from.has_header("Content-Length") && !length) {
      return application_.refuse(400, "Content-Length is not a number");
    }
    if (from.method == "POST" && !chunked && !length) {
      return application_.refuse(411, "a POST needs a Content-Length");
    }
    if (from.has_header("Content-Encoding")) {
      return application_.refuse(415, "compressed request bodies are not taken");
    }
    if (length.value_or(0) > limits_.body_bytes) return too_large();
    return std::nullopt;
  }

  Response too_large() const {
    return application_.refuse(
        413, "the body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
  }

  HandlerResponse finish(const httplib::Request& from, httplib::Response& to, Response answer) {
    // Nobody has read the body; what follows on this connection is not a request.
    if (may_have_body(from) && content_length(from) != 0U) {
      close_ = true;
      answer.headers.emplace_back("Connection", "close");
    }
    answered_ = true;
    fill(to, std::move(answer));
    return HandlerResponse::Handled;
  }

  void on_body(const httplib::Request& from, httplib::Response& to,
               const httplib::ContentReader& reader) {
    bool over = false;
    const bool read =
        from.is_multipart_form_data() ? read_parts(reader, over) : read_bytes(reader, over);
    Response answer;
    if (over) {
      answer = too_large();
    } else if (!read) {
      const bool slow = connection_->trouble() == Connection::Trouble::kTooSlow;
      answer = slow ? application_.refuse(408, "the body did not arrive in time")
                    : application_.refuse(400, "the body is malformed or incomplete");
    } else {
      answer = *guarded([&] { return std::optional(application_.answer(request_)); });
    }
    if (over || !read) {
      close_ = true;
      answer.headers.emplace_back("Connection", "close");
    }
    answered_ = true;
    fill(to, std::move(answer));
  }

  bool read_bytes(const httplib::ContentReader& reader, bool& over) {
    return reader([&](const char* data, std::size_t size) {
      over = request_.body.size() + size > limits_.body_bytes;
      if (!over) request_.body.append(data, size);
      return !over;
    });
  }

  bool read_parts(const httplib::ContentReader& reader, bool& over) {
    std::string* part = nullptr;
    std::size_t total = 0;
    std::size_t count = 0;
    return reader(
        [&](const httplib::MultipartFormData& data) {
          over = over || ++count > kMaxParts;
          part = &request_.parts[data.name];
          part->clear();
          return !over;
        },
        [&](const char* data, std::size_t size) {
          total += size;
          over = over || total > limits_.body_bytes;
          if (!over && part != nullptr) part->append(data, size);
          return !over;
        });
  }

  void on_error(httplib::Response& to) {
    if (answered_) return;
    const Connection::Trouble trouble = connection_->trouble();
    int status = to.status;
    std::string detail = "the request is not HTTP/1.1 as this server understands it";
    if (trouble == Connection::Trouble::kTooLarge) {
      status = connection_->in_body() ? 413 : 431;
      detail = "the request is larger than this server takes";
    } else if (trouble == Connection::Trouble::kTooSlow) {
      status = 408;
      detail = "the request did not arrive in time";
    } else if (status == 404) {
      detail = "there is nothing here";
    }
    close_ = true;
    fill(to, application_.refuse(status, detail));
    to.set_header("Connection", "close");
  }

  // The border to libraries that throw: bad_alloc from JSON or strings becomes a 500, not an abort.
  template <typename Call>
  std::optional<Response> guarded(Call call) const {
    try {
      return call();
    } catch (const std::exception& failure) {
      return application_.refuse(500, failure.what());
    }
  }

  const Application& application_;
  const ConnectionLimits& limits_;
  Connection* connection_ = nullptr;
  Request request_;
  bool close_ = false;
  bool answered_ = false;
};

HttpEngine::HttpEngine(const Application& application, const ConnectionLimits& limits,
                       int listening)
    : library_(std::make_unique<Library>(application, limits, listening)) {}

HttpEngine::~HttpEngine() = default;

bool HttpEngine::serve(Connection& connection, bool close_after) {
  return library_->serve(connection, close_after);
}

}  // namespace gobox::api
