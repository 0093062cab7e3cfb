// SPDX-License-Identifier: Apache-2.0

#pragma once

// Followers: runs of other processes whose events somebody follows through this front end. What the
// stream of events holds is read in order into a Run of our own; messages on their way only say
// that it is time to look.
//
// A run is dropped when its result is in, or when nobody holds its Run any more. Thread-safe.

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "api/queue/queue.h"
#include "api/runs/run.h"

namespace gobox::api {

class Followers {
 public:
  explicit Followers(const Queue& queue);
  Followers(const Followers&) = delete;
  Followers& operator=(const Followers&) = delete;
  ~Followers();

  Result<void> follow(const std::shared_ptr<Run>& run);

 private:
  struct Followed {
    Queue::Whose whose;
    std::weak_ptr<Run> run;
    std::uint64_t next = 1;  // sequence in the stream of events
    unsigned looks_after_end = 0;
    std::shared_ptr<bool> news = std::make_shared<bool>(true);  // guarded by mutex_
    std::unique_ptr<WireSubscription> events;
    std::unique_ptr<WireSubscription> end;
  };

  Result<std::unique_ptr<WireSubscription>> wake_on(const std::string& subject,
                                                    std::shared_ptr<bool> news);
  void work();
  bool look_at(Followed& followed) const;
  void read_events(Followed& followed, Run& run) const;
  bool read_result(Followed& followed, Run& run) const;

  const Queue& queue_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool any_news_ = false;
  bool stopping_ = false;
  std::list<Followed> followed_;
  std::thread thread_;
};

// A message of the stream of events: the id of its first, a line end, and the events as
// Run::serialized_events() has them.
std::string pack_events(const std::vector<RunEvent>& events);
std::vector<RunEvent> unpack_events(std::string_view data);

// All that are kept, as Run::serialized_events() has them.
Result<std::string> stored_events(const Queue& queue, const Queue::Whose& run);

}  // namespace gobox::api
