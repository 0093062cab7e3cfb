// SPDX-License-Identifier: Apache-2.0

#include "runner/job/job_run.h"

#include "base/canceled.h"
#include "runner/job/artifacts.h"
#include "runner/job/fetch_stage.h"
#include "runner/job/run_stage.h"
#include "runner/job/test_flow.h"
#include "runner/job/vet_stage.h"

namespace gobox::runner {

JobRun::JobRun(JobServices& services, Job job)
    : context_(services, std::move(job)),
      executor_(context_, diagnostician_),
      compiler_(context_, diagnostician_, executor_) {}

Result<JobResult> JobRun::run() {
  context_.start = JobContext::Clock::now();
  if (auto prepared = prepare(); !prepared) {
    if (!is_canceled(prepared.error())) return std::move(prepared).error();
    JobResult result = std::move(record_).verdict(context_);
    result.outcome = Outcome::kCanceled;
    result.message = prepared.error().message;
    return result;
  }
  if (TRY(fetch()) == Next::kStop) return std::move(record_).verdict(context_);
  if (context_.job.kind != JobKind::kExec) TRY(compiler_.prepare());
  // From here on the clock runs: finding things and preparing a cache is not the program's time.
  context_.start = JobContext::Clock::now();
  TRY(run_stages());
  return std::move(record_).verdict(context_);
}

Result<void> JobRun::prepare() {
  const Job& job = context_.job;
  if (!job.artifacts.empty()) {
    context_.artifacts = std::make_shared<Artifacts>(job.artifacts, job.artifacts_directory);
  }
  if (context_.job.kind == JobKind::kExec) return prepare_command(context_);
  return prepare_go_job(context_);
}

// Bounded by itself: the total time is for what the job's own files make happen.
Result<Next> JobRun::fetch() {
  if (context_.job.kind == JobKind::kExec) return Next::kGoOn;
  context_.start = JobContext::Clock::now();
  auto stage = TRY(fetch_modules(context_, executor_));
  if (context_.job.kind == JobKind::kTest) {
    context_.layer = TRY(layer_of(context_, false));
    if (context_.layer) context_.cache = context_.layer->directory;
  }
  context_.before = context_.used();
  return stage ? record_.add(std::move(*stage)) : Next::kGoOn;
}

Result<void> JobRun::run_stages() {
  switch (context_.job.kind) {
    case JobKind::kExec:
      record_.add(TRY(run_command(context_, executor_)));
      return {};
    case JobKind::kTest:
      return run_tests(context_, executor_, record_);
    case JobKind::kRun:
    case JobKind::kBuild:
      break;
  }
  return run_program();
}

Result<void> JobRun::run_program() {
  const bool is_test = !context_.entry.test_source.empty();
  const StageKind kind = is_test ? StageKind::kTest : StageKind::kRun;
  const bool runs = context_.job.kind != JobKind::kBuild && context_.entry.refusal.empty();
  Prefetch prefetch(context_.services.pool());
  // The program's sandbox is made while the compiler works.
  if (runs) TRY(prefetch_run(context_, executor_, kind, prefetch));
  Compiled compiled = TRY(compiler_.program());
  if (compiled.cached) record_.note_cached_compile();
  if (record_.add(std::move(compiled.stage)) == Next::kStop) return {};
  if (context_.job.vet) record_.add(TRY(vet(context_, executor_)));
  if (!runs) return {};
  record_.add(TRY(run_binary(
      context_, executor_,
      {.kind = kind, .binary = compiled.binary.get(), .directory = "", .prefetched = &prefetch})));
  return {};
}

}  // namespace gobox::runner
