// SPDX-License-Identifier: Apache-2.0

#pragma once

// AnswerPool: the threads in which whole requests are answered. Made when none is free, up to a
// bound; they go when they have had nothing to do for a while. What waits for a thread is bounded
// in number and ages: too_old() takes out what has waited too long.
//
// submit() and too_old() may be called from any thread. The destructor waits for what runs.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace gobox::api {

class AnswerPool {
 public:
  struct Settings {
    std::size_t threads = 256;
    std::size_t waiting = 1024;  // without a thread
  };

  // `key` is what too_old() gives back.
  struct Task {
    std::uint64_t key = 0;
    std::function<void()> work;
  };

  enum class Taken {
    kYes,
    kFull,      // too many wait already
    kNoThread,  // none is there, and the system gives none
  };

  explicit AnswerPool(const Settings& settings) : settings_(settings) {}

  AnswerPool(const AnswerPool&) = delete;
  AnswerPool& operator=(const AnswerPool&) = delete;
  ~AnswerPool();

  Taken submit(Task task);

  // Takes out what has waited since before `since`; their work is not done any more.
  std::vector<std::uint64_t> too_old(std::chrono::steady_clock::time_point since);

 private:
  using Clock = std::chrono::steady_clock;

  struct Waiting {
    Task task;
    Clock::time_point since;
  };

  void work();
  bool take(std::unique_lock<std::mutex>& lock, Task& task);
  void join_finished();

  const Settings settings_;
  std::mutex mutex_;
  std::condition_variable there_is_work_;
  std::deque<Waiting> waiting_;
  std::list<std::thread> threads_;
  std::vector<std::thread::id> finished_;
  std::size_t running_ = 0;  // threads that have not finished
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace gobox::api
