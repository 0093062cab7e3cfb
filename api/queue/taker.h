// SPDX-License-Identifier: Apache-2.0

#pragma once

// Taker: takes runs out of the queue for one worker: only what it can run, only where it has a
// place and the memory, and from one caller after the other, so that nobody's thousand runs stand
// before another's one.
//
// It knows which subjects have runs from bells, from the stream's list of subjects (every second
// while it has a place free), and from what each message says is behind it. A run that does not fit
// the memory that is left lets others pass for a few seconds, and then none.
//
// take() may be called from as many threads as the worker has places; the rest from any.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "api/queue/consumers.h"
#include "api/queue/queue.h"

namespace gobox::api {

class Taker {
 public:
  struct Settings {
    std::uint64_t memory_budget = 0;
    std::function<bool(const Need& need)> can;
  };

  Taker(const Queue& queue, Settings settings)
      : queue_(queue),
        settings_(std::move(settings)),
        consumers_(queue),
        memory_free_(settings_.memory_budget) {}

  Taker(const Taker&) = delete;
  Taker& operator=(const Taker&) = delete;

  struct Taken {
    Delivery delivery;
    Need need;  // whose memory is the run's until give_back()
  };

  // Waits for one; nullopt: stop() was called.
  std::optional<Taken> take();
  void give_back(const Need& need);

  // A run has come there. False: every place is taken, and somebody else should be told.
  bool ring(const std::string& subject);

  void stop();

  std::uint64_t memory_free() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Line {
    Need need;
    std::uint64_t pending = 0;   // as far as is known
    unsigned asked_in_vain = 0;  // one time after the other
    std::optional<Clock::time_point> too_large_since;
  };

  // Which line is next, if any, and never one that is skipped because of another's patience.
  std::optional<std::string> choose();
  std::optional<Taken> fetch(const std::string& subject, std::unique_lock<std::mutex>& lock);
  void look(std::unique_lock<std::mutex>& lock);
  void add_line(const std::string& subject);

  const Queue& queue_;
  const Settings settings_;
  Consumers consumers_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Line> lines_;  // by subject
  std::string last_caller_;            // whose turn was last
  std::uint64_t memory_free_;
  std::size_t idle_ = 0;  // threads in take()
  bool busy_ = false;     // one of them asks the queue
  bool stopping_ = false;
  Clock::time_point look_at_{};
};

}  // namespace gobox::api
