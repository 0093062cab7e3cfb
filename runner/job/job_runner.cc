// SPDX-License-Identifier: Apache-2.0

#include "runner/job/job_runner.h"

#include "runner/golang/race_support.h"
#include "runner/job/job_run.h"

namespace gobox::runner {

Result<JobResult> JobRunner::run(Job job) {
  return JobRun(services_, std::move(job)).run();
}

Result<void> JobRunner::warm(const policies::StagePolicy& compile,
                             const std::vector<CacheVariant>& variants) {
  if (toolchains().empty()) return find_toolchain(toolchains(), "").error();
  for (const Toolchain& toolchain : toolchains()) {
    for (const CacheVariant variant : variants) {
      if (variant == CacheVariant::kRace && !toolchain.has_race_runtime) continue;
      if (variant == CacheVariant::kCgo && !missing_for_cgo().empty()) continue;
      TRY(services_.prepare_cache(compile, toolchain, variant, -1));
    }
  }
  return {};
}

}  // namespace gobox::runner
