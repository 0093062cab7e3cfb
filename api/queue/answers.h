// SPDX-License-Identifier: Apache-2.0

#pragma once

// Answers: the results that callers of this front end are waiting for. A worker sends each as soon
// as it is stored; one that got lost on the way is looked for in the stream every few seconds, and
// a run of which the queue knows nothing any more gets the result that says so.
//
// Thread-safe. The destructor ends its thread; what still waits is forgotten.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/queue/queue.h"

namespace gobox::api {

class Answers {
 public:
  // Called once, with the result, in some thread; must not block.
  using Deliver = std::function<void(Parcel result)>;

  static Result<std::unique_ptr<Answers>> start(const Queue& queue, const std::string& front);
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;
  ~Answers();

  // Where workers send them.
  const std::string& subject() const { return subject_; }

  void expect(const Queue::Whose& run, Deliver deliver);
  // Where it stands in the stream of runs.
  void placed(const std::string& id, std::uint64_t sequence);
  void forget(const std::string& id);

  std::size_t size() const;

  // None is delivered any more but by the caller of this.
  std::vector<std::pair<Queue::Whose, Deliver>> take_all();

 private:
  using Clock = std::chrono::steady_clock;

  struct Expected {
    Queue::Whose run;
    Deliver deliver;
    std::uint64_t sequence = 0;
    Clock::time_point look_at;
  };

  Answers(const Queue& queue, std::string subject) : queue_(queue), subject_(std::move(subject)) {}

  void hear(const std::string& data);
  void deliver(Parcel result);
  void work();
  void fetch_pieces(std::unique_lock<std::mutex>& lock);
  void look_for_lost(std::unique_lock<std::mutex>& lock);
  void look_for(const Queue::Whose& run, std::uint64_t sequence);

  const Queue& queue_;
  const std::string subject_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Expected> expected_;
  std::deque<std::string> in_pieces_;  // heard, and still to be put together
  bool stopping_ = false;
  std::unique_ptr<WireSubscription> subscription_;
  std::thread thread_;
};

// A run that the queue has lost ends here: with the result that some other front end wrote in the
// meantime, or with this one. nullopt: it is not lost, or that cannot be known now.
std::optional<Parcel> end_if_lost(const Queue& queue, const Queue::Whose& run,
                                  std::uint64_t sequence, const std::string& policy);

}  // namespace gobox::api
