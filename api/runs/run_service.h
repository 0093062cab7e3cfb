// SPDX-License-Identifier: Apache-2.0

#pragma once

// RunService: everything between an accepted request and its result. Puts runs through admission,
// executes them with the JobRunner, answers those who wait, keeps results in the store, and brings
// back what an earlier process left unfinished.
//
// An accepted run always ends: in a result, in a failure, or (durable ones, when this process ends
// first) in the next process's recover(). Thread-safe. The destructor waits for what runs.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/operation/log.h"
#include "api/runs/admission.h"
#include "api/runs/backend.h"
#include "api/runs/run_store.h"
#include "runner/job/job_runner.h"

namespace gobox::api {

class RunService final : public Backend {
 public:
  RunService(runner::JobRunner& runner, RunStore& store, Metrics& metrics, Log& log,
             Admission::Settings admission);
  ~RunService() override;

  Accepted submit(Submission submission) override;
  void cancel(const std::shared_ptr<Run>& run) override;
  Result<std::shared_ptr<Run>> find_active(const std::string& id,
                                           const std::string& caller) override;
  Result<std::vector<std::shared_ptr<Run>>> active_of(const std::string& caller) override;
  std::size_t position(const Run& run) override;
  Result<Fed> feed(const std::shared_ptr<Run>& run, std::string_view bytes, bool last) override;
  Result<std::optional<Finished>> find(const std::string& id, const std::string& caller,
                                       Wanted wanted) override;
  Result<std::vector<std::string>> finished_of(const std::string& caller,
                                               std::size_t most) override;
  Result<std::optional<UniqueFd>> artifact(const std::string& id, const std::string& caller,
                                           const std::string& name) override;
  void drop_artifacts(const std::string& id) override;
  Result<void> put_snippet(const std::string& caller, const std::string& id,
                           std::string_view body) override;
  Result<std::optional<std::string>> find_snippet(const std::string& id) override;
  Result<std::optional<CallbackState>> callback_of(const std::string& id,
                                                   const std::string& caller) override;
  std::vector<Offer> offers() override;
  std::string modules() override;
  std::vector<Gauge> gauges() override;

  // Called when a result that is to be posted has been stored. Before the first run.
  void on_callback(std::function<void()> look) { on_callback_ = std::move(look); }

  struct Recovered {
    Submission submission;
    unsigned attempts = 0;
  };

  // A run the last process accepted and did not finish. Started again once, then given up.
  void recover(Recovered recovered);
  // One whose request cannot be read any more.
  void give_up(const RunStore::Accepted& run, const std::string& why);

  void start_draining() { draining_ = true; }

  bool draining() const override { return draining_; }

  // Waits for every run until `until`, then ends the rest. Afterwards nothing runs.
  void drain(std::chrono::steady_clock::time_point until);
  // Ends everything now; drain() returns soon after.
  void interrupt_all();

  // It has: what ends canceled from here on was ended for this process's sake.
  bool interrupted() const { return interrupted_; }

  const Admission& admission() const { return *admission_; }

 private:
  Accepted enqueue(Submission submission, Admission::Bound bound);
  void execute(const std::shared_ptr<Run>& run, Submission& submission, Nanoseconds queued);
  void try_to_execute(const std::shared_ptr<Run>& run, Submission& submission, Nanoseconds queued);
  void end(const std::shared_ptr<Run>& run, Submission::Keep keep, runner::JobResult result);
  void keep_result(Run& run, Submission::Keep keep, const runner::JobResult& result,
                   const std::string& json);
  void forget(const std::string& id);
  void end_waiting(const std::string& id);

  runner::JobRunner& runner_;
  RunStore& store_;
  Metrics& metrics_;
  Log& log_;
  std::function<void()> on_callback_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> interrupted_{false};

  struct Active {
    std::shared_ptr<Run> run;
    Submission::Keep keep = Submission::Keep::kNothing;
    std::string policy;
    std::string callback;
  };

  std::optional<Problem> refuse_callback(const Submission& submission);
  std::string callback_of_active(const std::string& id) const;

  mutable std::mutex mutex_;
  std::map<std::string, Active> active_;
  std::unique_ptr<Admission> admission_;  // last: its threads use what stands above
};

}  // namespace gobox::api
