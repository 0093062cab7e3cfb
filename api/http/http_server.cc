// SPDX-License-Identifier: Apache-2.0

#include "api/http/http_server.h"

#include "api/http/event_loop.h"
#include "api/http/listener.h"

namespace gobox::api {

class HttpServer::Loop : public EventLoop {
 public:
  using EventLoop::EventLoop;

  std::string url;
};

HttpServer::HttpServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HttpSettings& settings,
                                                       const Application& application) {
  const auto endpoints = TRY(resolve(settings.address));
  UniqueFd socket = TRY(listen_on(endpoints.front(), settings.address));
  const Endpoint local = TRY(local_endpoint(socket.get()));
  auto loop = std::make_unique<Loop>(settings, application, std::move(socket));
  TRY(loop->open());
  loop->url = "http://" + name_of(local);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(loop)));
}

const std::string& HttpServer::url() const {
  return loop_->url;
}

void HttpServer::run() {
  loop_->run();
}

void HttpServer::stop() {
  loop_->stop();
}

Result<bool> is_loopback(const std::string& address) {
  for (const Endpoint& endpoint : TRY(resolve(address))) {
    if (!is_loopback(endpoint)) return false;
  }
  return true;
}

}  // namespace gobox::api
