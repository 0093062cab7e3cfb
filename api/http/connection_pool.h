#pragma once

// ConnectionPool: the threads that answer requests. A connection with a request on it is handed in;
// when the request is answered the pool hands it back through `on_idle` or closes it. Threads are
// made when none is free, up to a bound, and go when they have had nothing to do for a while.
//
// The destructor waits for every request in progress. hand_in() may be called from one thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/http/connection_limits.h"
#include "api/http/exchange.h"

namespace gobox::api {

class Connection;

class ConnectionPool {
 public:
  struct Settings {
    std::size_t threads = 256;
    ConnectionLimits limits;
  };

  using OnIdle = std::function<void(std::unique_ptr<Connection> connection)>;
  using OnClosed = std::function<void()>;

  ConnectionPool(const Settings& settings, const Application& application, int listening,
                 OnIdle on_idle, OnClosed on_closed);
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;
  ~ConnectionPool();

  void hand_in(std::unique_ptr<Connection> connection);

  // From now on each connection closes after the answer it is waiting for.
  void close_after_answers();

 private:
  void work();
  std::unique_ptr<Connection> take(std::unique_lock<std::mutex>& lock);
  void join_finished();
  bool closing_soon();

  const Settings settings_;
  const Application& application_;
  const int listening_;
  const OnIdle on_idle_;
  const OnClosed on_closed_;
  std::mutex mutex_;
  std::condition_variable there_is_work_;
  std::deque<std::unique_ptr<Connection>> ready_;
  std::list<std::thread> threads_;
  std::vector<std::thread::id> finished_;
  std::size_t running_ = 0;  // threads that have not finished
  std::size_t idle_ = 0;
  bool stopping_ = false;
  bool closing_ = false;
};

}  // namespace gobox::api
