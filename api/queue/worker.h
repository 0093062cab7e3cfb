// SPDX-License-Identifier: Apache-2.0

#pragma once

// Worker: the other side of a FrontDesk. As many threads as it has places each take a run, execute
// it with this process's RunService exactly as the single server does, store its result where none
// is yet, and acknowledge it. It tells front ends of itself, and hears their bells.
//
// Owned by the process's main thread; drain() and the destructor belong to it.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/http/router.h"
#include "api/operation/log.h"
#include "api/operation/metrics.h"
#include "api/queue/announcement.h"
#include "api/queue/order.h"
#include "api/queue/queue.h"
#include "api/queue/still_at_it.h"
#include "api/queue/taker.h"
#include "api/runs/services.h"

namespace gobox::api {

class Worker {
 public:
  struct Settings {
    std::string name;
    std::string version;
    unsigned slots = 1;
    std::uint64_t memory_budget = 0;
    bool modules = false;
    // Whether it can run anything yet.
    std::function<bool()> ready;
    // What runs is being ended for this worker's own sake.
    std::function<bool()> interrupted;
  };

  // `calls`: what the playground's calls are answered by. All referred to must outlive it.
  static Result<std::unique_ptr<Worker>> start(const Queue& queue, const Services& services,
                                               const Router& calls, Settings settings);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  // Takes nothing more.
  void stop_taking();

  // Its own runs are over, one way or another: what was not finished goes back to the queue.
  void join();

  std::vector<Gauge> gauges() const;

 private:
  Worker(const Queue& queue, const Services& services, const Router& calls, Settings settings);

  // What it can run, and all of it.
  Announcement ability() const;
  Announcement announcement() const;
  void announce_for_ever();
  void announce_soon();
  void measure_clock();
  std::int64_t now_ns() const;
  Result<void> listen();
  void hear_bell(const WireMessage& message);
  void work();
  void perform(const Taker::Taken& taken);

  const Queue& queue_;
  const Services& services_;
  const Router& calls_;
  const Settings settings_;
  std::atomic<bool> draining_{false};
  std::atomic<unsigned> running_{0};
  std::atomic<std::int64_t> clock_offset_ns_{0};  // the NATS server's clock against ours
  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = true;  // worth announcing
  bool stopping_ = false;
  StillAtIt still_at_it_;
  Taker taker_;
  std::vector<std::unique_ptr<WireSubscription>> subscriptions_;
  std::vector<std::thread> threads_;
  std::thread announcing_;
};

}  // namespace gobox::api
