// SPDX-License-Identifier: Apache-2.0

#pragma once

// RequestHead: request line and header fields, read strictly after RFC 9112. What two readers could
// understand differently is refused, because that is how requests are smuggled past a proxy: bare
// CR and LF, folded lines, white space before a colon, a length given twice or not in digits,
// transfer codings other than chunked. Linear in its input, no backtracking. Pure but for
// HeadScanner, which is one connection's; not thread-safe.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "api/http/exchange.h"

namespace gobox::api {

// Finds the end of a head in bytes that come piece by piece, and looks at each byte once.
class HeadScanner {
 public:
  enum class State { kMore, kDone, kBad };

  // `bytes` is what it was at the last call, and more.
  State scan(std::string_view bytes);

  // Where the head begins (behind empty lines) and ends, once done.
  std::size_t begin() const { return begin_; }

  std::size_t end() const { return at_; }

 private:
  std::size_t begin_ = 0;
  std::size_t line_ = 0;  // where the current line begins
  std::size_t at_ = 0;
};

enum class Framing { kNone, kLength, kChunked };

struct RequestHead {
  std::string method;
  std::string path;  // percent-decoded
  std::multimap<std::string, std::string> query;
  std::multimap<std::string, std::string, IgnoreCase> headers;
  Framing framing = Framing::kNone;
  std::uint64_t length = 0;  // of the body, where framing is kLength
  bool old_version = false;  // HTTP/1.0: knows no chunks
  bool keep_alive = true;
  bool expects_continue = false;

  bool has_body() const {
    return framing == Framing::kChunked || (framing == Framing::kLength && length > 0);
  }
};

struct Refusal {
  int status = 400;
  std::string detail;  // one sentence
};

// `head` ends with its empty line; bodies over `most_body` bytes are refused here.
std::variant<RequestHead, Refusal> parse_head(std::string_view head, std::size_t most_body);

// token of RFC 9110 section 5.6.2: names of methods, header fields, parameters.
bool is_token(std::string_view text);

}  // namespace gobox::api
