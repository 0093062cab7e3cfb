// SPDX-License-Identifier: Apache-2.0

#pragma once

// RunStage: the program itself, or a test binary, or a command of the caller's. Comes in: a sealed
// binary and the job's files. Hands on: nothing but its result.
//
// Each call is a sandbox of its own; run_binary may be called from several threads at once.

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/job/job_context.h"
#include "runner/job/prefetch.h"
#include "runner/job/stage_executor.h"

namespace gobox::runner {

struct BinaryRun {
  StageKind kind = StageKind::kRun;  // kTest: a test binary
  int binary = -1;                   // sealed; borrowed
  std::string directory;             // of the workspace; "" is its top
  Prefetch* prefetched = nullptr;
};

Result<StageResult> run_binary(const JobContext& context, StageExecutor& executor,
                               const BinaryRun& run);

// Orders the sandbox of a run_binary() of that kind.
Result<void> prefetch_run(const JobContext& context, const StageExecutor& executor, StageKind kind,
                          Prefetch& prefetch);

// `arguments` of the job, as they are.
Result<StageResult> run_command(const JobContext& context, StageExecutor& executor);

}  // namespace gobox::runner
