// SPDX-License-Identifier: Apache-2.0

#include "api/http/request_head.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "api/http/field_name.h"
#include "api/http/percent.h"

namespace gobox::api {
namespace {

constexpr std::size_t kMaxTarget = 8192;
constexpr std::size_t kMaxPath = 1024;
constexpr std::size_t kMaxHeaderFields = 100;
constexpr std::size_t kMaxEmptyLines = 2;  // before a request; RFC 9112 section 2.2
constexpr std::size_t kMaxLengthDigits = 18;

// Off the front of `text`, which loses `end` too.
std::string_view take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + end.size(), text.size()));
  return part;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

bool is_target(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

// A name or an address, with a port or without; nothing that could be a path, a user or a list.
bool is_host(std::string_view text) {
  return text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']' || c == '%';
         });
}

Refusal malformed(std::string detail) {
  return {400, std::move(detail)};
}

std::optional<Refusal> read_query(std::string_view text, RequestHead& head) {
  while (!text.empty()) {
    std::string_view pair = take_until(text, "&");
    if (pair.empty()) continue;
    const std::string_view name = take_until(pair, "=");
    auto decoded_name = percent_decode(name, Plus::kIsSpace);
    auto decoded_value = percent_decode(pair, Plus::kIsSpace);
    if (!decoded_name || !decoded_value) {
      return malformed("a percent sign in the query is not followed by two hexadecimal digits");
    }
    head.query.emplace(std::move(*decoded_name), std::move(*decoded_value));
  }
  return std::nullopt;
}

// Path and query of any form of target (RFC 9112 section 3.2); `authority` where it names one.
std::optional<Refusal> read_target(std::string_view target, RequestHead& head,
                                   std::optional<std::string>& authority) {
  if (target.size() > kMaxTarget) return Refusal{414, "the target of the request is too long"};
  if (!is_target(target)) return malformed("the target of the request is malformed");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    authority = std::string(target.substr(0, end));
    target.remove_prefix(end);
    if (authority->empty() || !is_host(*authority)) {
      return malformed("the target of the request names no host");
    }
  }
  const bool rooted = target.starts_with('/') || (authority && !target.starts_with('*'));
  if (!rooted && !(target == "*" && head.method == "OPTIONS")) {
    return malformed("the target of the request does not begin with a slash");
  }
  const std::string_view path = take_until(target, "?");
  if (path.size() > kMaxPath) {
    return Refusal{414, "the path is longer than " + std::to_string(kMaxPath) + " bytes"};
  }
  auto decoded = percent_decode(path.empty() ? "/" : path, Plus::kIsPlus);
  if (!decoded) {
    return malformed("the path is not percent-encoded as it should be");
  }
  head.path = std::move(*decoded);
  return read_query(target, head);
}

std::optional<Refusal> read_request_line(std::string_view line, RequestHead& head,
                                         std::optional<std::string>& authority) {
  const std::string_view method = take_until(line, " ");
  const std::string_view target = take_until(line, " ");
  if (!is_token(method) || target.empty() || !line.starts_with("HTTP/")) {
    return malformed("the request is not HTTP/1.1 as this server understands it");
  }
  if (line != "HTTP/1.1" && line != "HTTP/1.0") {
    const bool version = line.size() == 8 && line[6] == '.' && line[5] >= '0' && line[5] <= '9' &&
                         line[7] >= '0' && line[7] <= '9';
    return version ? Refusal{505, "this server speaks HTTP/1.1"}
                   : malformed("the version of HTTP is malformed");
  }
  // Whoever counts requests counts by method.
  constexpr std::array<std::string_view, 8> kMethods{"GET",   "HEAD",    "POST",  "PUT",
                                                     "PATCH", "OPTIONS", "TRACE", "DELETE"};
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return Refusal{501, "this server does not know the method"};
  }
  head.old_version = line == "HTTP/1.0";
  head.method = method;
  return read_target(target, head, authority);
}

std::optional<Refusal> read_field(std::string_view line, RequestHead& head) {
  if (line.front() == ' ' || line.front() == '\t') {
    return malformed("a header field is folded over two lines");
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, std::min(colon, line.size()));
  if (colon == std::string_view::npos || !is_token(name)) {
    return malformed("a header field is not NAME: VALUE");
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return malformed("a header field holds a control character");
  if (head.headers.size() >= kMaxHeaderFields) {
    return Refusal{431,
                   "there are more than " + std::to_string(kMaxHeaderFields) + " header fields"};
  }
  head.headers.emplace(std::string(name), std::string(value));
  return std::nullopt;
}

std::optional<std::string_view> only(const RequestHead& head, const char* name) {
  const auto found = head.headers.find(name);
  if (found == head.headers.end()) return std::nullopt;
  return found->second;
}

// Fields that mean something to us, and of which two would mean two things.
std::optional<Refusal> refuse_repetition(const RequestHead& head) {
  for (const char* name : {"Host", "Content-Length", "Transfer-Encoding", "Content-Type",
                           "Content-Encoding", "Authorization", "Origin", "Expect"}) {
    if (head.headers.count(name) > 1) return malformed(std::string(name) + " is given twice");
  }
  return std::nullopt;
}

std::optional<Refusal> read_host(RequestHead& head, std::optional<std::string> authority) {
  const auto host = only(head, "Host");
  if (host && !is_host(*host)) return malformed("Host is malformed");
  if (!host && !head.old_version) return malformed("an HTTP/1.1 request needs a Host");
  if (!authority) return std::nullopt;
  // The target's counts (RFC 9112 section 3.2.2), but others may go by the header.
  if (host && !equal(*host, *authority))
    return malformed("the target names another host than Host");
  head.headers.erase("Host");
  head.headers.emplace("Host", std::move(*authority));
  return std::nullopt;
}

void read_connection(RequestHead& head) {
  head.keep_alive = !head.old_version;
  const auto [first, last] = head.headers.equal_range("Connection");
  for (auto field = first; field != last; ++field) {
    std::string_view list = field->second;
    while (!list.empty()) {
      if (equal(trim(take_until(list, ",")), "close")) head.keep_alive = false;
    }
  }
}

std::optional<Refusal> read_length(std::string_view text, RequestHead& head) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  if (!digits) return malformed("Content-Length is not a number");
  head.framing = Framing::kLength;
  if (text.size() > kMaxLengthDigits) {
    head.length = UINT64_MAX;
  } else {
    std::from_chars(text.data(), text.data() + text.size(), head.length);
  }
  return std::nullopt;
}

std::optional<Refusal> read_framing(RequestHead& head, std::size_t most_body) {
  const auto coding = only(head, "Transfer-Encoding");
  const auto length = only(head, "Content-Length");
  if (coding && length) return malformed("the length of the body is given twice");
  if (coding && head.old_version) return malformed("HTTP/1.0 knows no Transfer-Encoding");
  if (coding && !equal(*coding, "chunked")) {
    return malformed("the only Transfer-Encoding taken is chunked");
  }
  if (coding) head.framing = Framing::kChunked;
  if (length) {
    if (auto refusal = read_length(*length, head)) return refusal;
  }
  if (head.method == "POST" && head.framing == Framing::kNone) {
    return Refusal{411, "a POST needs a Content-Length"};
  }
  if (only(head, "Content-Encoding")) {
    return Refusal{415, "compressed request bodies are not taken"};
  }
  if (head.length > most_body) {
    return Refusal{413, "the body is larger than " + std::to_string(most_body) + " bytes"};
  }
  if (const auto expected = only(head, "Expect")) {
    if (!equal(*expected, "100-continue")) return Refusal{417, "Expect is not 100-continue"};
    head.expects_continue = head.has_body() && !head.old_version;
  }
  return std::nullopt;
}

}  // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

HeadScanner::State HeadScanner::scan(std::string_view bytes) {
  for (; at_ < bytes.size(); ++at_) {
    const char c = bytes[at_];
    const bool after_cr = at_ > line_ && bytes[at_ - 1] == '\r';
    if (c == '\0' || (c == '\n') != after_cr) return State::kBad;
    if (c != '\n') continue;
    const bool empty = at_ == line_ + 1;
    line_ = at_ + 1;
    if (!empty) continue;
    if (at_ != begin_ + 1) {
      ++at_;
      return State::kDone;
    }
    begin_ = line_;
    if (begin_ > 2 * kMaxEmptyLines) return State::kBad;
  }
  return State::kMore;
}

std::variant<RequestHead, Refusal> parse_head(std::string_view text, std::size_t most_body) {
  RequestHead head;
  std::optional<std::string> authority;
  if (auto refusal = read_request_line(take_until(text, "\r\n"), head, authority)) {
    return std::move(*refusal);
  }
  for (;;) {
    const std::string_view line = take_until(text, "\r\n");
    if (line.empty()) break;
    if (auto refusal = read_field(line, head)) return std::move(*refusal);
  }
  if (auto refusal = refuse_repetition(head)) return std::move(*refusal);
  if (auto refusal = read_host(head, std::move(authority))) return std::move(*refusal);
  read_connection(head);
  if (auto refusal = read_framing(head, most_body)) return std::move(*refusal);
  return head;
}

}  // namespace gobox::api
