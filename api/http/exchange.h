#pragma once

// Request and Response: one HTTP exchange as this server's resources see it, free of the library
// that speaks the protocol. Plain data.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  std::string remote;  // the caller's address
  std::string caller;  // the token's name; "" where the server wants no tokens
  int socket = -1;     // hangs up when the caller goes away; not owned

  std::string header(const std::string& name) const;
  // nullopt where it is absent; the first where it is given twice.
  std::optional<std::string> query_value(const std::string& name) const;
};

// False: the caller is gone.
using Write = std::function<bool(std::string_view bytes)>;

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // Writes the body piece by piece instead, from the connection's thread.
  std::function<void(const Write& write)> stream;
};

// What the server asks the application.
struct Application {
  // With everything but the body there: an answer that does not need it (all of GET, every
  // refusal), or nothing, and then answer() follows with the body.
  std::function<std::optional<Response>(Request& request)> answer_head;
  std::function<Response(Request& request)> answer;
  // The server itself refuses: malformed, too large, too slow.
  std::function<Response(int status, const std::string& detail)> refuse;
};

}  // namespace gobox::api
