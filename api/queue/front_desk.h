// SPDX-License-Identifier: Apache-2.0

#pragma once

// FrontDesk: the Backend of a front end. What callers submit goes into the queue, some worker runs
// it, and everything there is to know about it is kept there: any front end can answer for a run,
// whichever took it.
//
// Makes no sandbox and keeps nothing on disk. Thread-safe.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/operation/log.h"
#include "api/operation/metrics.h"
#include "api/operation/options.h"
#include "api/queue/answers.h"
#include "api/queue/consumers.h"
#include "api/queue/followers.h"
#include "api/queue/order.h"
#include "api/queue/queue.h"
#include "api/queue/roster.h"
#include "api/runs/backend.h"

namespace gobox::api {

class FrontDesk final : public Backend {
 public:
  static Result<std::unique_ptr<FrontDesk>> open(const Queue& queue, const Options& options,
                                                 Metrics& metrics, Log& log);
  ~FrontDesk() override;

  Accepted submit(Submission submission) override;
  void cancel(const std::shared_ptr<Run>& run) override;
  Result<std::shared_ptr<Run>> find_active(const std::string& id,
                                           const std::string& caller) override;
  Result<std::shared_ptr<Run>> follow(const std::string& id, const std::string& caller) override;
  Result<std::vector<std::shared_ptr<Run>>> active_of(const std::string& caller) override;

  std::size_t position(const Run& run) override { return run.place(); }

  Result<Fed> feed(const std::shared_ptr<Run>& run, std::string_view bytes, bool last) override;
  Result<std::optional<Finished>> find(const std::string& id, const std::string& caller,
                                       Wanted wanted) override;
  Result<std::vector<std::string>> finished_of(const std::string& caller,
                                               std::size_t most) override;
  Result<std::optional<UniqueFd>> artifact(const std::string& id, const std::string& caller,
                                           const std::string& name) override;
  Result<void> put_snippet(const std::string& caller, const std::string& id,
                           std::string_view body) override;
  Result<std::optional<std::string>> find_snippet(const std::string& id) override;

  std::vector<Offer> offers() override { return roster_.offers(); }

  std::string modules() override;
  std::string workers() override;

  bool draining() const override { return draining_; }

  std::vector<Gauge> gauges() override;

  // A call of the playground's, answered by a worker as the single server answers it.
  // `caller_most`: how many runs of the caller's at the same time; 0: no bound of its own.
  Response forward(const Request& request, unsigned caller_most, const std::string& cache_scope,
                   std::uint64_t memory_bytes);

  // An Error that says why nobody can run anything.
  Result<void> ready() const;

  // Takes nothing more, waits for the answers that callers wait for, then lets them go without.
  void drain(std::chrono::steady_clock::time_point until);

  // drain() returns soon after.
  void hurry() { hurried_ = true; }

 private:
  struct Place {
    Order order;
    Need need;
    unsigned caller_most = 0;
    std::uint64_t source = 0;  // a fingerprint
  };

  FrontDesk(const Queue& queue, const Options& options, Metrics& metrics, Log& log)
      : queue_(queue),
        options_(options),
        metrics_(metrics),
        log_(log),
        consumers_(queue),
        followers_(queue) {}

  Place place_of(const Submission& submission);
  Problem refuse(int status, const char* reason, std::string detail,
                 std::optional<unsigned> retry_after);
  std::optional<Problem> refusal(const Need& need);
  // nullopt: it is in, at `sequence`.
  std::optional<Problem> put(const Place& place, std::string_view body, std::uint64_t& sequence);
  std::optional<Problem> enqueue(const Place& place, std::string_view body,
                                 Answers::Deliver deliver);
  void ring(const Place& place, const std::string& subject) const;
  std::optional<Problem> leave_state(const Place& place, std::uint64_t sequence, Run& run);
  void cancel_order(const Queue::Whose& whose);
  Result<std::shared_ptr<Run>> run_of_state(const std::string& id, const std::string& caller);
  std::size_t place_in_line(const Parcel& state) const;

  const Queue& queue_;
  const Options& options_;
  Metrics& metrics_;
  Log& log_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> hurried_{false};
  Roster roster_;
  Consumers consumers_;
  std::unique_ptr<Answers> answers_;
  Followers followers_;
  std::unique_ptr<WireSubscription> announcements_;
};

}  // namespace gobox::api
