// SPDX-License-Identifier: Apache-2.0

#pragma once

// JobRun: the order of one job's stages. Each stage is told in a file of its own (compile_stage,
// vet_stage, run_stage), tests in test_flow; StageExecutor puts a stage into a sandbox and judges
// it; StageRecord collects the results and draws the verdict. Lives for one call of JobRunner::run,
// in its thread. Internal to runner/job.

#include "base/error.h"
#include "runner/job/compile_stage.h"
#include "runner/job/diagnostician.h"
#include "runner/job/job_context.h"
#include "runner/job/prefetch.h"
#include "runner/job/stage_executor.h"
#include "runner/job/stage_record.h"

namespace gobox::runner {

class JobRun {
 public:
  JobRun(JobServices& services, Job job);
  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;

  Result<JobResult> run();

 private:
  Result<void> prepare();
  Result<Next> fetch();
  Result<void> run_stages();
  Result<void> run_program();

  JobContext context_;
  Diagnostician diagnostician_;
  StageExecutor executor_;
  CompileStage compiler_;
  StageRecord record_;
};

}  // namespace gobox::runner
