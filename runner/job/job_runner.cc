#include "runner/job/job_runner.h"

#include "runner/job/job_run.h"

namespace gobox::runner {

Result<JobResult> JobRunner::run(Job job) {
  return JobRun(services_, std::move(job)).run();
}

Result<void> JobRunner::warm(const policies::StagePolicy& compile, bool race) {
  if (toolchains().empty()) return find_toolchain(toolchains(), "").error();
  for (const Toolchain& toolchain : toolchains()) {
    TRY(services_.prepare_cache(compile, toolchain, CacheVariant::kPlain, -1));
    if (!race || !toolchain.has_race_runtime) continue;
    TRY(services_.prepare_cache(compile, toolchain, CacheVariant::kRace, -1));
  }
  return {};
}

}  // namespace gobox::runner
