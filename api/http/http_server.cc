#include "api/http/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <atomic>
#include <map>
#include <mutex>

#include "api/http/connection.h"
#include "api/http/connection_pool.h"
#include "api/http/listener.h"
#include "base/unique_fd.h"

namespace gobox::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSweepMs = 1000;

// Sent as it is: there is no thread to say it otherwise.
constexpr std::string_view kTurnedAway =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    "Retry-After: 1\r\nConnection: close\r\nContent-Length: 105\r\n\r\n"
    "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
    "\"detail\":\"too many connections at once\"}";

}  // namespace

class HttpServer::Loop {
 public:
  Loop(const HttpSettings& settings, const Application& application, UniqueFd listening)
      : settings_(settings),
        listening_(std::move(listening)),
        pool_(
            {settings.threads, settings.limits}, application, listening_.get(),
            [this](std::unique_ptr<Connection> connection) { park(std::move(connection)); },
            [this] { --open_; }) {}

  Result<void> open();
  void run();
  void stop();
  std::string url;

 private:
  struct Parked {
    std::unique_ptr<Connection> connection;
    Clock::time_point until;
  };

  void accept_all();
  void accept_one(UniqueFd socket, const Endpoint& from);
  void park(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> unpark(int socket);
  void sweep();

  const HttpSettings settings_;
  UniqueFd listening_;
  UniqueFd epoll_;
  UniqueFd stop_;
  std::mutex mutex_;
  std::map<int, Parked> parked_;
  std::atomic<std::size_t> open_{0};
  ConnectionPool pool_;  // last: its threads use what stands above
};

Result<void> HttpServer::Loop::open() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  stop_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll_ || !stop_) return Error::system("epoll_create1");
  for (const int fd : {listening_.get(), stop_.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      return Error::system("epoll_ctl");
  }
  return {};
}

void HttpServer::Loop::run() {
  for (;;) {
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_.get(), events, 64, kSweepMs);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == stop_.get()) return;
      if (fd == listening_.get()) {
        accept_all();
      } else if (auto connection = unpark(fd)) {
        pool_.hand_in(std::move(connection));
      }
    }
    sweep();
  }
}

void HttpServer::Loop::stop() {
  pool_.close_after_answers();
  const std::uint64_t one = 1;
  // An eventfd takes a write of eight bytes unless it is full, and then it is readable already.
  static_cast<void>(!::write(stop_.get(), &one, sizeof one));
}

void HttpServer::Loop::accept_all() {
  for (;;) {
    Endpoint from;
    from.size = sizeof from.address;
    UniqueFd socket(::accept4(listening_.get(), reinterpret_cast<sockaddr*>(&from.address),
                              &from.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
      accept_one(std::move(socket), from);
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

void HttpServer::Loop::accept_one(UniqueFd socket, const Endpoint& from) {
  if (open_ >= settings_.connections) {
    ::send(socket.get(), kTurnedAway.data(), kTurnedAway.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int fd = socket.get();
  epoll_event event{};
  event.events = 0;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return;
  ++open_;
  park(std::make_unique<Connection>(std::move(socket), settings_.limits, host_of(from)));
}

void HttpServer::Loop::park(std::unique_ptr<Connection> connection) {
  const int fd = connection->socket();
  const std::lock_guard lock(mutex_);
  parked_[fd] = {std::move(connection), Clock::now() + settings_.idle_time};
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

std::unique_ptr<Connection> HttpServer::Loop::unpark(int socket) {
  const std::lock_guard lock(mutex_);
  const auto found = parked_.find(socket);
  if (found == parked_.end()) return nullptr;
  auto connection = std::move(found->second.connection);
  parked_.erase(found);
  return connection;
}

void HttpServer::Loop::sweep() {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  open_ -= std::erase_if(parked_, [&](const auto& each) { return each.second.until < now; });
}

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
