// SPDX-License-Identifier: Apache-2.0

#pragma once

// Performance: one delivery of one run, from its message to its acknowledgement, in one worker's
// thread. Lives for one call of perform().

#include <functional>
#include <memory>
#include <string>

#include "api/http/router.h"
#include "api/queue/order.h"
#include "api/queue/queue.h"
#include "api/runs/services.h"

namespace gobox::api {

class Performance {
 public:
  struct Worker {
    const Queue& queue;
    const Services& services;
    const Router& calls;
    const std::string& name;
    std::function<std::int64_t()> now_ns;  // by the NATS server's clock
    std::function<bool()> interrupted;     // what runs is being ended for this worker's own sake
  };

  Performance(const Worker& worker, const Delivery& delivery)
      : worker_(worker), queue_(worker.queue), delivery_(delivery) {}

  Performance(const Performance&) = delete;
  Performance& operator=(const Performance&) = delete;

  void perform();

 private:
  // What DELETE, and a caller who hangs up, do to it. Heard in the Wire's thread.
  struct Control;

  Result<void> read();
  bool is_over();
  void give_up(const std::string& why);
  void run_program(Control& control);
  void answer_call(Control& control);
  void refuse(const Problem& problem);
  void watch(const std::shared_ptr<Run>& run);
  void publish_events(Run& run);
  void find_earlier_events();
  void leave_state(const Run& run);
  void finish_run(const Run& run);
  void store(boost::json::object about, std::string_view text);
  bool store_artifacts(const runner::JobResult& result) const;
  void acknowledge();
  void return_to_queue();
  Nanoseconds queued() const;
  std::string author() const;
  std::string with_queue(std::string result) const;

  const Worker& worker_;
  const Queue& queue_;
  const Delivery& delivery_;
  Parcel parcel_;
  Order order_;
  std::string last_stage_ = "-";       // of which the state has been left
  std::uint64_t events_ = 0;           // of this delivery that are stored
  std::uint64_t earlier_events_ = 0;   // of deliveries before it
  std::uint64_t events_sequence_ = 0;  // of the last of either
  bool others_ = false;                // another worker writes its events: this one is too late
};

}  // namespace gobox::api
