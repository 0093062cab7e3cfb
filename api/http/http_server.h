#pragma once

// HttpServer: accepts connections and gives each request a thread for as long as it takes. Idle
// connections wait in epoll(7) and cost no thread; threads come with the load and leave after it.
// What is asked and answered is the Application's.
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
  std::size_t connections = 4096;          // at most; more are turned away with 503
  std::chrono::milliseconds idle_time{10000};
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
