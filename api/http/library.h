// SPDX-License-Identifier: Apache-2.0

#pragma once

// All that is used of cpp-httplib on the server's side: it writes answers (status line, header
// fields, length or chunks, HEAD, keep-alive) and refuses header values that would break a line.
// It never sees a byte of a caller's: requests are read by request_head, body_reader and
// multipart, because its own readers (0.11.4) take framing that RFC 9112 forbids and match with
// regular expressions. What it reads instead is a request line of ours;
// tests/unit/http_library_test holds what we rely on, so that its next version cannot change it
// unnoticed.
//
// Thread-safe: an instance per thread.

#include <string>

#include "api/http/exchange.h"

namespace gobox::api {

struct AnswerShape {
  bool head_only = false;    // to a HEAD
  bool keep_alive = false;   // the connection carries another request afterwards
  bool old_version = false;  // to HTTP/1.0, which knows no chunks
};

// The whole answer; for one with a source its head, after which the body follows in chunks, or, to
// HTTP/1.0, as it is until the connection closes. Throws what the library throws.
std::string render_answer(const Response& response, const AnswerShape& shape);

// `piece` as one chunk of such a body, and the end of all chunks.
std::string chunk_of(const std::string& piece);
inline constexpr const char* kLastChunk = "0\r\n\r\n";

}  // namespace gobox::api
