#pragma once

// HttpEngine: HTTP/1.1 over one Connection at a time, by cpp-httplib. The library parses and
// writes; routing, body limits and everything about a resource are ours, because its own (0.11.4)
// bound neither chunked nor compressed bodies and refuse forms over 8 KiB.
//
// One engine per connection thread; not thread-safe.

#include <memory>

#include "api/http/connection.h"
#include "api/http/exchange.h"

namespace gobox::api {

class HttpEngine {
 public:
  // `listening`: the library takes a valid descriptor as the sign that nobody is shutting down.
  HttpEngine(const Application& application, const ConnectionLimits& limits, int listening);
  HttpEngine(const HttpEngine&) = delete;
  HttpEngine& operator=(const HttpEngine&) = delete;
  ~HttpEngine();

  // One request and its answer. True: the connection may carry another one.
  bool serve(Connection& connection, bool close_after);

 private:
  class Library;

  std::unique_ptr<Library> library_;
};

}  // namespace gobox::api
