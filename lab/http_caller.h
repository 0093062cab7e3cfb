// SPDX-License-Identifier: Apache-2.0

#pragma once

// HttpCaller: one caller of one HTTP server, on one connection that is kept. By libcurl, which is
// loaded when the first is made: the command is started too often to load an HTTP library, and TLS
// with it, that only bench-endpoint needs. Proxies of the environment are not used. Not
// thread-safe; each thread has its own.

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"

namespace gobox::lab {

struct HttpAnswer {
  long status = 0;
  std::string body;
  long retry_after = 0;  // seconds; 0 where the server says nothing
};

class HttpCaller {
 public:
  // `origin`: http://host:port. Each exchange may take `patience`, connecting five seconds of it.
  // An Error of kind host where libcurl is missing.
  static Result<HttpCaller> open(std::string origin, std::chrono::milliseconds patience);

  HttpCaller(HttpCaller&&) noexcept;
  HttpCaller& operator=(HttpCaller&&) noexcept;
  ~HttpCaller();

  // An Error says why there was no answer, in libcurl's words.
  Result<HttpAnswer> get(const std::string& path);
  Result<HttpAnswer> post_form(const std::string& path,
                               const std::map<std::string, std::string>& fields);

 private:
  struct Handle;

  explicit HttpCaller(std::unique_ptr<Handle> handle);
  Result<HttpAnswer> exchange(const std::string& path);

  std::unique_ptr<Handle> handle_;
};

}  // namespace gobox::lab
