// SPDX-License-Identifier: Apache-2.0

#pragma once

// StageExecutor: puts one stage into a sandbox of its own and judges it: take a sandbox, run,
// judge, take out what the next stage needs, explain. Which stages a job has, and in what order, is
// not its business.
//
// execute() may be called from several threads at once; each call has its own sandbox and answers
// with its own StageResult. The job's observer is told by one of them at a time.

#include <mutex>

#include "base/error.h"
#include "runner/job/diagnostician.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_order.h"
#include "runner/result/result.h"
#include "sandbox/pool.h"

namespace gobox::runner {

class StageExecutor {
 public:
  StageExecutor(const JobContext& context, const Diagnostician& diagnostician)
      : context_(context), diagnostician_(diagnostician) {}

  // Error: the caller's alone. A failure of ours is a stage with outcome sandbox_error.
  Result<StageResult> execute(const StageOrder& order);

  // A stage whose result is known already: the observer hears of it as if it had run.
  void replay(const StageResult& stage);

  // What the stages' own files tell the observer.
  void tell_output(StageKind kind, bool is_stderr, std::string_view bytes);
  void tell_test(const TestEvent& event);
  void tell_package(const PackageTests& package);

  // Orders the sandbox that such a stage will take.
  Result<void> prefetch(const StageOrder& order, Prefetch& prefetch) const;

 private:
  Result<StageResult> supervise(const StageOrder& order);
  Result<sandbox::PoolSpec> sandbox_for(const StageOrder& order) const;
  sandbox::Execution execution_of(const StageOrder& order, Nanoseconds used);
  void pulse(const StageOrder& order, sandbox::Execution& execution);
  void judge_ending(const StageOrder& order, StageResult& stage);
  Result<void> take_out(const StageOrder& order, int space, StageResult& stage) const;
  void tell_start(StageKind kind);
  void tell_end(const StageResult& stage);
  void hand_on(const StageResult& stage);

  const JobContext& context_;
  const Diagnostician& diagnostician_;
  std::mutex observer_mutex_;
};

}  // namespace gobox::runner
