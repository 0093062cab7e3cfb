// SPDX-License-Identifier: Apache-2.0

#pragma once

// HttpServer: one event loop (epoll(7)) accepts connections, reads requests and sends answers; a
// request gets a thread when all of it is there, and only while its answer is worked out. So a slow
// caller, in either direction, costs a descriptor and a bounded buffer, never a thread. What is
// asked and answered is the Application's.
//
// Bounded, each with an answer of its own: connections (in all, and per address), bytes held for
// callers, requests that wait for a thread, and the time of everything. No error of one exchange
// ends the server.
//
// listen() binds; run() serves in the caller's thread until stop() (from any thread or a signal
// loop) and returns when every request has been answered. The Application must outlive it.

#include <memory>
#include <string>

#include "api/http/connection_limits.h"
#include "api/http/exchange.h"
#include "base/error.h"

namespace gobox::api {

struct HttpSettings {
  std::string address = "127.0.0.1:8080";  // HOST:PORT, [IPV6]:PORT; port 0 picks one
  std::size_t threads = 256;               // at most; one per request in progress
  std::size_t waiting = 1024;              // requests that wait for a thread
  std::chrono::milliseconds waiting_time{10000};
  std::size_t connections = 4096;  // at most
  // Of one address; one more, and its connection that waits longest for a request goes.
  std::size_t connections_of_one = 2048;
  std::size_t held_bytes = std::size_t{128} << 20;  // requests and answers on their way
  ConnectionLimits limits;
};

class HttpServer {
 public:
  static Result<std::unique_ptr<HttpServer>> listen(const HttpSettings& settings,
                                                    const Application& application);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // "http://127.0.0.1:40123"
  const std::string& url() const;

  void run();
  void stop();

 private:
  class Loop;

  explicit HttpServer(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

// Whether the host part of HOST:PORT is an address of the loopback interface.
Result<bool> is_loopback(const std::string& address);

}  // namespace gobox::api
