// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestFlow: the stages of a job of tests: one that builds the test binaries of all packages, then
// each package in a sandbox of its own, several at a time, told in the order of go test.

#include "base/error.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_executor.h"
#include "runner/job/stage_record.h"

namespace gobox::runner {

Result<void> run_tests(const JobContext& context, StageExecutor& executor, StageRecord& record);

}  // namespace gobox::runner
