// SPDX-License-Identifier: Apache-2.0

#pragma once

// StillAtIt: tells the queue, every three seconds, of each run this worker has that it is still at
// it. A run of which nothing is heard for nine seconds is given to somebody else. Thread-safe; the
// destructor ends its thread.

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "api/queue/wire.h"

namespace gobox::api {

class StillAtIt {
 public:
  explicit StillAtIt(Wire& wire) : wire_(wire), thread_([this] { work(); }) {}

  StillAtIt(const StillAtIt&) = delete;
  StillAtIt& operator=(const StillAtIt&) = delete;

  ~StillAtIt() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // `reply`: where the acknowledgements of its delivery go.
  void begin(const std::string& reply) {
    const std::lock_guard lock(mutex_);
    replies_.insert(reply);
  }

  void end(const std::string& reply) {
    const std::lock_guard lock(mutex_);
    replies_.erase(reply);
  }

 private:
  static constexpr std::chrono::seconds kEvery{3};

  void work() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kEvery, [&] { return stopping_; })) {
      for (const std::string& reply : replies_) wire_.publish(reply, "+WPI");
    }
  }

  Wire& wire_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> replies_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gobox::api
