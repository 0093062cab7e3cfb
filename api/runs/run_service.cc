// SPDX-License-Identifier: Apache-2.0

#include "api/runs/run_service.h"

#include <exception>
#include <stdexcept>

#include "api/runs/artifacts.h"
#include "api/runs/caller_words.h"
#include "api/runs/not_run.h"
#include "api/runs/profile_artifacts.h"
#include "api/runs/run_request.h"
#include "base/milliseconds.h"
#include "runner/job/proof.h"
#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

constexpr unsigned kMaxAttempts = 2;
constexpr std::uint64_t kMostCallbacks = 100;      // of one caller's that wait to be posted
constexpr unsigned kRetryCallbacks = 30;           // seconds
constexpr unsigned kRetryTree = 10;                // seconds
constexpr std::chrono::seconds kLastPatience{10};  // for canceled runs to be gone

runner::JobObserver observer_of(const std::shared_ptr<Run>& run) {
  runner::JobObserver observer;
  observer.on_stage_start = [run](runner::StageKind kind) { run->stage_started(kind); };
  if (!run->wants_events()) return observer;
  observer.on_stage_end = [run](const runner::StageResult& stage) { run->stage_ended(stage); };
  observer.on_output = [run](runner::StageKind kind, bool is_stderr, std::string_view bytes) {
    run->output(kind, is_stderr, bytes);
  };
  observer.on_test = [run](const runner::TestEvent& event) { run->test(event); };
  observer.on_usage = [run](runner::StageKind kind, const policies::Limits& limits,
                            const runner::StageUsage& used) { run->usage(kind, limits, used); };
  observer.is_watched = [run] { return run->is_watched(); };
  return observer;
}

// The caller's place among the running, and the memory it was let in with, are kept meanwhile.
constexpr std::chrono::seconds kProofTime{15};
constexpr unsigned kProofRuns = 16;

}  // namespace

RunService::RunService(runner::JobRunner& runner, RunStore& store, Metrics& metrics, Log& log,
                       Admission::Settings admission)
    : runner_(runner),
      store_(store),
      metrics_(metrics),
      log_(log),
      admission_(std::make_unique<Admission>(std::move(admission))) {}

RunService::~RunService() = default;

RunService::Accepted RunService::submit(Submission submission) {
  if (draining_) {
    metrics_.count_refusal("draining");
    return Problem{503, "the server is shutting down", std::nullopt, 5};
  }
  if (submission.memory_bytes > admission_->settings().memory_budget) {
    return Problem{422,
                   "the memory limits are larger than this server's memory budget of " +
                       format_size(admission_->settings().memory_budget),
                   "/limits", std::nullopt};
  }
  if (const auto refused = refuse_callback(submission)) return *refused;
  return enqueue(std::move(submission), Admission::Bound::kQueue);
}

std::optional<Problem> RunService::refuse_callback(const Submission& submission) {
  if (submission.callback.empty()) return std::nullopt;
  const auto waiting = store_.callbacks_waiting(submission.caller);
  if (!waiting) return Problem{500, waiting.error().message, std::nullopt, std::nullopt};
  if (*waiting < kMostCallbacks) return std::nullopt;
  metrics_.count_refusal("callbacks");
  return Problem{429, "too many results of this caller's wait to be posted", "/callback",
                 kRetryCallbacks};
}

RunService::Accepted RunService::enqueue(Submission submission, Admission::Bound bound) {
  const std::string id = submission.job.id;
  if (submission.job.prove) {
    const std::uint64_t wanted = runner::most_memory_to_prove(submission.job);
    submission.memory_bytes =
        std::max(submission.memory_bytes, std::min(wanted, admission_->settings().memory_budget));
  }
  const bool durable = submission.keep == Submission::Keep::kDurably;
  const bool events = durable || submission.events;
  auto made =
      Run::create({id, submission.caller}, events ? Run::Log::kEverything : Run::Log::kResultOnly);
  if (!made) return Problem{500, made.error().message, std::nullopt, std::nullopt};
  const std::shared_ptr<Run> run = *made;
  if (submission.job.stdin_open) {
    const auto opened = run->open_input(submission.job.standard_input);
    if (!opened) return Problem{422, opened.error().message, "/stdin", std::nullopt};
  }
  // Written before it is queued: from here on a kill -9 cannot lose it.
  if (durable && bound == Admission::Bound::kQueue) {
    const auto stored = store_.accept({id, submission.caller, submission.request, 0,
                                       submission.upload.bytes, submission.callback});
    if (!stored) {
      const bool callers = stored.error().kind == Error::Kind::kCaller;
      return Problem{callers ? 503 : 500, stored.error().message, std::nullopt,
                     callers ? std::optional<unsigned>(kRetryTree) : std::nullopt};
    }
  }
  submission.request = std::string();  // nobody reads it again here
  submission.upload = {};
  {
    const std::lock_guard lock(mutex_);
    active_[id] = {run, submission.keep, submission.job.policy_name, submission.callback};
  }
  Admission::Ticket ticket{
      id, submission.caller, submission.caller_most, submission.memory_bytes, {}};
  const auto shared = std::make_shared<Submission>(std::move(submission));
  ticket.work = [this, run, shared](Nanoseconds queued) { execute(run, *shared, queued); };
  if (const auto retry = admission_->submit(std::move(ticket), bound)) {
    forget(id);
    if (durable) static_cast<void>(store_.withdraw(id));
    metrics_.count_refusal("queue_full");
    return Problem{429, "the queue is full", std::nullopt, *retry};
  }
  return run;
}

void RunService::cancel(const std::shared_ptr<Run>& run) {
  run->cancel();
  if (admission_->withdraw(run->id())) end_waiting(run->id());
}

// It was taken out of the queue: nobody else will end it.
void RunService::end_waiting(const std::string& id) {
  Active active;
  {
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(id);
    if (found == active_.end()) return;
    active = found->second;
  }
  end(active.run, active.keep,
      not_run(id, active.policy, runner::Outcome::kCanceled, kCanceledInQueue));
}

void RunService::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  active_.erase(id);
}

// The border to code that throws: no memory, or no thread for a helper, ends this run and no more.
void RunService::execute(const std::shared_ptr<Run>& run, Submission& submission,
                         Nanoseconds queued) {
  try {
    return try_to_execute(run, submission, queued);
  } catch (const std::exception& failure) {
    log_.error("run failed", {{"run", run->id()}, {"reason", std::string(failure.what())}});
    if (run->state() == Run::State::kFinished) return forget(run->id());
    store_.files().drop_artifacts(run->id());
    run->fail(Error::host(std::string("the server could not execute it: ") + failure.what()));
    if (submission.keep == Submission::Keep::kDurably) {
      give_up({run->id(), run->caller(), "", 0, {}}, failure.what());
    }
  }
  forget(run->id());
}

void RunService::try_to_execute(const std::shared_ptr<Run>& run, Submission& submission,
                                Nanoseconds queued) {
  const std::string policy = submission.job.policy_name;
  run->started();
  if (submission.keep == Submission::Keep::kDurably) {
    const auto marked = store_.mark_started(run->id());
    if (!marked) log_.error(marked.error().message, {{"run", run->id()}});
  }
  if (!submission.job.artifacts.empty() || submission.job.profiles) {
    auto directory = store_.files().make_artifacts(run->id());
    if (!directory) throw std::runtime_error(directory.error().message);
    submission.job.artifacts_directory = std::move(*directory);
  }
  submission.job.cancel = run->cancel_fd();
  if (run->input() != nullptr) submission.job.standard_input_stream = run->input()->reading_end();
  submission.job.queued = submission.queued_elsewhere + queued;
  submission.job.observer = observer_of(run);
  std::optional<runner::Job> again;
  if (submission.job.prove) again = submission.job;
  const std::string profiles =
      submission.job.profiles ? submission.job.artifacts_directory : std::string();
  auto result = runner_.run(std::move(submission.job));
  if (result && again) {
    runner::prove(runner_, *again, *result,
                  {.time = kProofTime,
                   .runs = kProofRuns,
                   .within_most = true,
                   .memory_bytes = submission.memory_bytes});
  }
  if (result && !profiles.empty()) {
    const auto added = add_profile_artifacts(*result, profiles);
    if (!added) log_.error(added.error().message, {{"run", run->id()}});
  }
  if (result) {
    speak_in_fields(*result);
    link_artifacts(*result);
  }
  if (result) return end(run, submission.keep, std::move(*result));
  log_.warning("run failed", {{"run", run->id()}, {"reason", result.error().message}});
  if (submission.keep != Submission::Keep::kDurably) {
    store_.files().drop_artifacts(run->id());
    run->fail(std::move(result).error());
    return forget(run->id());
  }
  end(run, submission.keep,
      not_run(run->id(), policy, runner::Outcome::kSandboxError, result.error().message));
}

void RunService::end(const std::shared_ptr<Run>& run, Submission::Keep keep,
                     runner::JobResult result) {
  metrics_.count_run(result);
  log_.info("run ended", {{"run", run->id()},
                          {"caller", run->caller()},
                          {"outcome", runner::name_of(result.outcome)},
                          {"stage", result.stage ? runner::name_of(*result.stage) : ""},
                          {"total_ms", as_milliseconds(result.total)},
                          {"queued_ms", as_milliseconds(result.queued)}});
  std::string json = keep == Submission::Keep::kNothing ? std::string() : runner::to_json(result);
  // Stored before anybody sees it: a result once shown stays the run's, whatever kills the server.
  keep_result(*run, keep, result, json);
  run->finish(std::move(result), std::move(json));
  forget(run->id());  // only now: a result is always either here or in the store
}

void RunService::keep_result(Run& run, Submission::Keep keep, const runner::JobResult& result,
                             const std::string& json) {
  const bool canceled = result.outcome == runner::Outcome::kCanceled;
  if (keep == Submission::Keep::kHandedOn) return;
  const bool nobodys = keep == Submission::Keep::kNothing ||
                       (canceled && keep == Submission::Keep::kResult);  // whoever asked is gone
  if (nobodys || result.artifacts.empty()) store_.files().drop_artifacts(run.id());
  if (nobodys) return;
  if (canceled && run.interrupted()) return;  // for the next process
  std::uint64_t artifact_bytes = 0;
  for (const runner::Artifact& each : result.artifacts) artifact_bytes += each.bytes;
  const std::string events = run.wants_events() ? run.serialized_events() : std::string();
  const std::string callback = callback_of_active(run.id());
  const bool durable = keep == Submission::Keep::kDurably;  // the store has it since before
  const auto kept = store_.finish(
      {run.id(), run.caller(), json, events, artifact_bytes, durable ? std::string() : callback});
  if (!kept) log_.error(kept.error().message, {{"run", run.id()}});
  if (!callback.empty() && on_callback_) on_callback_();
}

std::string RunService::callback_of_active(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? std::string() : found->second.callback;
}

void RunService::recover(Recovered recovered) {
  Submission& submission = recovered.submission;
  const std::string id = submission.job.id;
  log_.info("run recovered",
            {{"run", id}, {"attempts", static_cast<std::int64_t>(recovered.attempts)}});
  if (recovered.attempts < kMaxAttempts) {
    enqueue(std::move(submission), Admission::Bound::kNone);
    return;
  }
  give_up(
      {id, submission.caller, "", recovered.attempts, {}},
      "the server ended during each of its " + std::to_string(recovered.attempts) + " attempts");
}

void RunService::give_up(const RunStore::Accepted& run, const std::string& why) {
  const runner::JobResult result = not_run(run.id, "", runner::Outcome::kSandboxError, why);
  metrics_.count_run(result);
  log_.error("run given up", {{"run", run.id}, {"reason", why}});
  const auto kept = store_.finish({run.id, run.caller, runner::to_json(result), "", 0, ""});
  if (!kept) log_.error(kept.error().message, {{"run", run.id}});
}

void RunService::drain(std::chrono::steady_clock::time_point until) {
  draining_ = true;
  if (admission_->wait_until_idle(until)) return;
  interrupt_all();
  admission_->wait_until_idle(std::chrono::steady_clock::now() + kLastPatience);
}

void RunService::interrupt_all() {
  interrupted_ = true;
  std::vector<std::shared_ptr<Run>> rest;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, active] : active_) rest.push_back(active.run);
  }
  log_.warning("canceling what is left", {{"runs", static_cast<std::int64_t>(rest.size())}});
  for (const std::shared_ptr<Run>& run : rest) run->interrupt();
  for (const std::string& id : admission_->withdraw_all()) end_waiting(id);
}

}  // namespace gobox::api
