// SPDX-License-Identifier: Apache-2.0

#pragma once

// Request and Response: one HTTP exchange as this server's resources see it, free of what speaks
// the protocol. Plain data.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/spool.h"

namespace gobox::api {

// Header names compare without regard to case (RFC 9110 section 5.1).
struct IgnoreCase {
  bool operator()(const std::string& left, const std::string& right) const;
};

struct Request {
  std::string method;
  std::string path;       // percent-decoded, without the query
  std::string parameter;  // what the route's {...} matched
  std::multimap<std::string, std::string> query;
  std::multimap<std::string, std::string, IgnoreCase> headers;
  std::string body;
  // The parts of a multipart/form-data body, which is then not in `body`.
  std::map<std::string, std::string> parts;
  // Set by Application::check: the body may be as large as an upload, and comes in `upload`, as it
  // was sent, instead of in `body` or `parts`.
  bool is_upload = false;
  Spooled upload;
  std::string remote;  // the caller's address
  std::string caller;  // the token's name; "" where the server wants no tokens
  int socket = -1;     // hangs up when the caller goes away; not owned

  std::string header(const std::string& name) const;
  // nullopt where it is absent; the first where it is given twice.
  std::optional<std::string> query_value(const std::string& name) const;
};

// A body that comes into being while it is sent. The server's event loop pulls: a slow reader costs
// no thread, and no more memory than one piece. Neither call may block.
class BodySource {
 public:
  enum class State { kMore, kEnd };

  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // Becomes readable when pull() has something new. The source's own.
  virtual int news() const = 0;
  // Appends about `most` bytes of what there is, or nothing. Afterwards news() is not readable
  // unless something came since.
  virtual State pull(std::string& out, std::size_t most) = 0;

  // Sent when there was nothing else for a while, so that proxies keep the connection.
  virtual std::string_view heartbeat() const { return {}; }
};

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<BodySource> source;  // instead of `body`
};

// What the server asks the application.
struct Application {
  // With the head there: a refusal, or nothing, and then answer() follows with the body. Called in
  // the event loop: it must not block.
  std::function<std::optional<Response>(Request& request)> check;
  // The whole request, in a thread of its own for as long as it takes.
  std::function<Response(Request& request)> answer;
  // The server itself refuses: malformed, too large, too slow.
  std::function<Response(int status, const std::string& detail)> refuse;
  // What an operator should know: no thread, no descriptor. Not often; may be absent.
  std::function<void(const std::string& trouble)> report;
};

}  // namespace gobox::api
