// SPDX-License-Identifier: Apache-2.0

#pragma once

// CompileStage: sources in, a sealed binary out; directly or by the go command, or from the
// CompileCache. Comes in: the job's files. Needs: the toolchain and its prepared cache. Hands on:
// the binary.
//
// One per job, in one thread.

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/job/compile_cache.h"
#include "runner/job/diagnostician.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_executor.h"

namespace gobox::runner {

struct Compiled {
  StageResult stage;
  UniqueFd binary;  // sealed; invalid where the stage did not end well
  bool cached = false;
};

class CompileStage {
 public:
  CompileStage(const JobContext& context, Diagnostician& diagnostician, StageExecutor& executor)
      : context_(context), diagnostician_(diagnostician), executor_(executor) {}

  // Before the job's clock starts, once.
  Result<void> prepare();

  // The job's one program, with the probe where that can be had.
  Result<Compiled> program();

 private:
  Result<void> take_sources(Workspace sources);
  Result<void> choose_cache();
  Compiled refused() const;
  Result<Compiled> program_once();
  Result<Compiled> compile(std::vector<std::string> arguments, const std::string& directory);
  Result<Compiled> compile_or_recall(StageOrder& order);
  Result<Compiled> compile_now(StageOrder& order);
  Result<Compiled> recall(const CompileCache::Entry& entry);
  DirectDecision decide_direct() const;
  DirectDecision decide_direct(const DirectTools& tools) const;
  Workspace sources_with_probe_import() const;

  const JobContext& context_;
  Diagnostician& diagnostician_;
  StageExecutor& executor_;
  Workspace sources_;    // what is compiled: the job's files, and the probe where it fits
  UniqueFd more_files_;  // packed: where they differ from the job's
  // The prepared cache; or one with the job's modules in it, held by `layer_`.
  std::filesystem::path cache_;
  std::optional<Layer> layer_;
};

}  // namespace gobox::runner
