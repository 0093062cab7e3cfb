#pragma once

// TestFlow: the stages of a job of tests: each package that has any is compiled, then run in a
// sandbox of its own in its own directory.

#include "base/error.h"
#include "runner/job/compile_stage.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_executor.h"
#include "runner/job/stage_record.h"

namespace gobox::runner {

Result<void> run_tests(const JobContext& context, CompileStage& compiler, StageExecutor& executor,
                       StageRecord& record);

}  // namespace gobox::runner
