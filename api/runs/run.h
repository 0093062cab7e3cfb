// SPDX-License-Identifier: Apache-2.0

#pragma once

// Run: one accepted job, from the queue to its result, as seen by those who wait for it. Holds its
// state, the log of its events and the descriptor that cancels it.
//
// Shared by the worker that executes it and the connections that watch it; thread-safe.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/runs/run_input.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/job/job.h"
#include "runner/result/result.h"

namespace gobox::api {

struct RunEvent {
  std::uint64_t id = 0;  // from 1, without gaps
  std::string kind;      // stage, stdout, stderr, usage, result
  std::string data;      // one line of JSON
};

class Run {
 public:
  enum class State { kQueued, kRunning, kFinished };
  enum class Log { kResultOnly, kEverything };

  struct Identity {
    std::string id;
    std::string caller;
  };

  static Result<std::shared_ptr<Run>> create(Identity identity, Log log);

  const std::string& id() const { return identity_.id; }

  const std::string& caller() const { return identity_.caller; }

  bool wants_events() const { return log_ == Log::kEverything; }

  // Ends it, whatever it is doing; cancel_fd() is readable from then on.
  void cancel();
  bool canceled() const;

  // The server ends it for its own sake: a durable run is to be started again.
  void interrupt();

  bool interrupted() const { return interrupted_; }

  int cancel_fd() const { return cancel_.get(); }

  // Before it is queued: its standard input stays open, and starts with `first`.
  Result<void> open_input(std::string_view first);

  // Null: the input is what the request held, whole.
  RunInput* input() const { return input_.get(); }

  // Somebody follows its events right now.
  bool is_watched() const;

  void started();
  State state() const;
  std::string stage() const;

  void stage_started(runner::StageKind kind);
  void stage_ended(const runner::StageResult& stage);
  void output(runner::StageKind kind, bool is_stderr, std::string_view bytes);
  void test(const runner::TestEvent& event);
  void usage(runner::StageKind kind, const policies::Limits& limits,
             const runner::StageUsage& used);
  // `json` is the result as the contract has it.
  void finish(runner::JobResult result, std::string json);
  // It could not even be tried: the caller's fault or ours.
  void fail(Error error);

  // The same of a run that another process executes, as it is heard of: its state, its events in
  // order (one that is here already, or comes too early, is not taken), its result's text.
  void hear_state(State state, std::string stage);
  void hear_place(std::size_t place);  // in the queue
  void hear_event(RunEvent event);
  void hear_result(std::string json);
  std::uint64_t last_event() const;
  std::size_t place() const;

  // All present once finished: exactly one of result() and failure(), or the text alone of a run
  // that was only heard of.
  const std::optional<runner::JobResult>& result() const { return result_; }

  const std::string& json() const { return json_; }

  const std::optional<Error>& failure() const { return failure_; }

  // The first of those after `id` that have `most` bytes together, one at least; what is handed out
  // here is not changed any more.
  std::vector<RunEvent> events_after(std::uint64_t id, std::size_t most = SIZE_MAX);
  // The log without the result, for the store.
  std::string serialized_events();

  // An eventfd that becomes readable when there is something new. Dies with the Run or the watcher.
  class Watcher {
   public:
    Watcher(std::shared_ptr<Run> run, UniqueFd fd);
    Watcher(Watcher&&) noexcept = default;
    Watcher& operator=(Watcher&&) = delete;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    ~Watcher();

    int fd() const { return fd_.get(); }

    void clear() const;

   private:
    std::shared_ptr<Run> run_;
    UniqueFd fd_;
  };

  static Result<Watcher> watch(const std::shared_ptr<Run>& run);

 private:
  Run(Identity identity, Log log, UniqueFd cancel)
      : identity_(std::move(identity)), log_(log), cancel_(std::move(cancel)) {}

  void add(std::string kind, std::string data);
  void add_usage(runner::StageKind kind, const policies::Limits& limits,
                 const runner::StageUsage& used);
  bool is_coarse() const;
  void seal_output();
  void seal(bool is_stderr);
  void wake();

  const Identity identity_;
  const Log log_;
  UniqueFd cancel_;
  std::unique_ptr<RunInput> input_;  // set before it is shared
  std::atomic<bool> interrupted_{false};
  mutable std::mutex mutex_;
  State state_ = State::kQueued;
  std::string stage_;
  std::size_t place_ = 0;
  std::vector<RunEvent> events_;
  std::size_t event_bytes_ = 0;
  bool events_full_ = false;

  // Output that no one has seen yet grows here instead of making an event per write(2).
  struct Pending {
    runner::StageKind kind = runner::StageKind::kRun;
    std::string bytes;
  };

  Pending pending_[2];  // of stdout, of stderr
  std::vector<int> watchers_;
  std::optional<runner::JobResult> result_;
  std::string json_;
  std::optional<Error> failure_;
};

// The log as serialized_events() wrote it, from `after` on.
std::vector<RunEvent> parse_events(std::string_view serialized, std::uint64_t after);

}  // namespace gobox::api
