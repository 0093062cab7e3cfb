// SPDX-License-Identifier: Apache-2.0

#pragma once

// VetStage: go vet over the job's program. Comes in: the job's files. Hands on: nothing; what it
// finds is advice and decides no outcome (verdict.h).

#include "base/error.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_executor.h"

namespace gobox::runner {

Result<StageResult> vet(const JobContext& context, StageExecutor& executor);

}  // namespace gobox::runner
