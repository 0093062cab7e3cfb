#pragma once

// RunService: everything between an accepted request and its result. Puts runs through admission,
// executes them with the JobRunner, answers those who wait, keeps results in the store, and brings
// back what an earlier process left unfinished.
//
// An accepted run always ends: in a result, in a failure, or (durable ones, when this process ends
// first) in the next process's recover(). Thread-safe. The destructor waits for what runs.

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "api/http/problem.h"
#include "api/operation/log.h"
#include "api/operation/metrics.h"
#include "api/runs/admission.h"
#include "api/runs/run.h"
#include "api/runs/run_store.h"
#include "runner/job/job_runner.h"

namespace gobox::api {

struct Submission {
  // What is left of a run when nobody waits for it any more.
  enum class Keep {
    kNothing,
    kResult,   // for as long as the store keeps results
    kDurably,  // the request too, so that a restart can take it up again
  };

  runner::Job job;
  std::string caller;
  unsigned caller_most = 0;  // of this caller's at the same time; 0: no bound of its own
  std::uint64_t memory_bytes = 0;
  Keep keep = Keep::kNothing;
  // kDurably: the body, to be read again after a restart; of an upload its Content-Type, and then
  // the body itself is `upload`.
  std::string request;
  Spooled upload;
};

class RunService {
 public:
  RunService(runner::JobRunner& runner, RunStore& store, Metrics& metrics, Log& log,
             Admission::Settings admission);
  RunService(const RunService&) = delete;
  RunService& operator=(const RunService&) = delete;
  ~RunService();

  using Accepted = std::variant<std::shared_ptr<Run>, Problem>;

  Accepted submit(Submission submission);

  // Submits, waits for the end, cancels when `socket` hangs up. Null: the caller is gone.
  Accepted run_and_wait(Submission submission, int socket);

  void cancel(const std::shared_ptr<Run>& run);

  // Queued or running, and the caller's own.
  std::shared_ptr<Run> find_active(const std::string& id, const std::string& caller) const;

  // The caller's, queued, running or just ending, in no particular order.
  std::vector<std::shared_ptr<Run>> active_of(const std::string& caller) const;

  struct Recovered {
    Submission submission;
    unsigned attempts = 0;
  };

  // A run the last process accepted and did not finish. Started again once, then given up.
  void recover(Recovered recovered);
  // One whose request cannot be read any more.
  void give_up(const RunStore::Accepted& run, const std::string& why);

  void start_draining() { draining_ = true; }

  bool draining() const { return draining_; }

  // Waits for every run until `until`, then ends the rest. Afterwards nothing runs.
  void drain(std::chrono::steady_clock::time_point until);
  // Ends everything now; drain() returns soon after.
  void interrupt_all();

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
  std::atomic<bool> draining_{false};

  struct Active {
    std::shared_ptr<Run> run;
    Submission::Keep keep = Submission::Keep::kNothing;
    std::string policy;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Active> active_;
  std::unique_ptr<Admission> admission_;  // last: its threads use what stands above
};

}  // namespace gobox::api
