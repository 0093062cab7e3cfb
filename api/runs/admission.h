// SPDX-License-Identifier: Apache-2.0

#pragma once

// Admission: which run starts when. A fixed number of worker threads, a memory budget that the
// limits of everything running must fit, and a bounded queue that is fair between callers: whoever
// has waited for a turn longest is next, however many runs another caller has put in. The next in
// turn is never overtaken because it needs more memory, so it cannot starve; and each caller known
// from the tokens file keeps one place of the queue free that others cannot take.
//
// Work is called in a worker's thread. Thread-safe. The destructor waits for what is running.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/quantity.h"

namespace gobox::api {

class Admission {
 public:
  struct Settings {
    unsigned workers = 1;
    std::size_t queue_length = 64;             // runs that wait
    std::uint64_t memory_budget = 1ULL << 30;  // bytes; more than any run may ask
    std::vector<std::string> callers;          // known ones, for whom places are kept
  };

  struct Ticket {
    std::string id;
    std::string caller;
    unsigned caller_most = 0;  // of this caller's at the same time; 0: as many as there are workers
    std::uint64_t memory_bytes = 0;
    std::function<void(Nanoseconds queued)> work;
  };

  enum class Bound { kQueue, kNone };  // kNone: it was accepted before; a place must be found

  explicit Admission(Settings settings);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  ~Admission();

  // Seconds after which it is worth asking again, where there is no place; nullopt: it is in.
  std::optional<unsigned> submit(Ticket ticket, Bound bound = Bound::kQueue);

  // True: it was waiting and is gone; its work will not be called.
  bool withdraw(const std::string& id);

  // Nothing waits and nothing runs; false where `until` came first.
  bool wait_until_idle(std::chrono::steady_clock::time_point until);
  // Withdraws everything that waits; the ids.
  std::vector<std::string> withdraw_all();

  std::size_t waiting() const;
  std::size_t running() const;
  // Place in the order of starting, from 1, as it looks now; 0: not waiting.
  std::size_t position(const std::string& id) const;

  const Settings& settings() const { return settings_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Waiting {
    Ticket ticket;
    Clock::time_point since;
  };

  struct Caller {
    std::string name;
    std::deque<Waiting> queue;
    std::size_t running = 0;
  };

  bool has_place(const std::string& caller) const;
  unsigned retry_after() const;
  Caller& caller_of(const std::string& name);
  const Caller* find_caller(const std::string& name) const;
  std::optional<Waiting> take_next();
  void finished(const Ticket& ticket, Nanoseconds took);
  void work();

  const Settings settings_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Caller> turns_;  // the front's turn is next
  std::size_t waiting_ = 0;
  std::size_t running_ = 0;
  std::uint64_t memory_used_ = 0;
  double mean_seconds_ = 0;  // of recent runs, 0 before the first
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace gobox::api
