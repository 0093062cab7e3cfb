// SPDX-License-Identifier: Apache-2.0

#pragma once

// Downloads: what is being asked of the module proxies right now, each question once for all who
// want its answer. What never changes lives as long as somebody holds it; versions and the checksum
// database's pages are kept a while, in memory, bounded. Nothing here is verified: see
// runner/modules/module_store.h for what is.
//
// Thread-safe. A few threads of its own; the destructor aborts and joins them.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runner/modules/proxy_source.h"

namespace gobox::runner {

class Downloads {
 public:
  using Answer = std::shared_ptr<const ProxyAnswer>;

  explicit Downloads(ProxySource source);
  Downloads(const Downloads&) = delete;
  Downloads& operator=(const Downloads&) = delete;
  ~Downloads();

  // Null: `stop` was set, and wake() called. A question nobody waits for any more is aborted.
  Answer ask(const ProxyRequest& request, const std::atomic<bool>& stop);

  // Lets those who wait look at their `stop`.
  void wake() {
    const std::lock_guard lock(mutex_);  // or it would come between their look and their sleep
    changed_.notify_all();
  }

  const ProxySource& source() const { return source_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Flight {
    ProxyRequest request;
    std::size_t waiting = 0;
    std::atomic<bool> abort{false};
    Answer answer;  // null until it has come
  };

  struct Kept {
    Answer answer;
    std::uint64_t bytes = 0;
    Clock::time_point until;
  };

  // With the mutex held.
  Answer known(const ProxyRequest& request);
  void keep(const ProxyRequest& request, const Answer& answer);
  void start_worker();

  void work();

  const ProxySource source_;
  std::mutex mutex_;
  std::condition_variable changed_;  // an answer, or a stop
  std::condition_variable queued_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;  // by path
  std::deque<std::shared_ptr<Flight>> queue_;
  std::map<std::string, std::weak_ptr<const ProxyAnswer>> fixed_;
  std::map<std::string, Kept> kept_;
  std::uint64_t kept_bytes_ = 0;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace gobox::runner
