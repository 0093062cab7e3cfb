#include "runner/job/job_runner.h"

#include "runner/job/job_run.h"

namespace gobox::runner {

Result<JobResult> JobRunner::run(Job job) {
  return JobRun(*this, std::move(job)).run();
}

Result<void> JobRunner::warm(const policies::StagePolicy& compile, bool race) {
  if (toolchains_.empty()) return find_toolchain(toolchains_, "").error();
  for (const Toolchain& toolchain : toolchains_) {
    TRY(caches_.prepare(launcher_, compile, toolchain, CacheVariant::kPlain, progress_));
    if (!race || !toolchain.has_race_runtime) continue;
    TRY(caches_.prepare(launcher_, compile, toolchain, CacheVariant::kRace, progress_));
  }
  return {};
}

Result<std::shared_ptr<const sandbox::SeccompFilter>> JobRunner::filter_of(
    const policies::StagePolicy& policy, sandbox::Watch watch) {
  const std::string key = policy.name + (watch == sandbox::Watch::kExplain ? "+explain" : "");
  const std::lock_guard lock(filters_mutex_);
  auto& filter = filters_[key];
  if (!filter) {
    auto compiled = filter_store_.filter(policy.seccomp, watch);
    if (!compiled) return std::move(compiled).error().within("policy " + policy.name);
    filter = std::make_shared<const sandbox::SeccompFilter>(std::move(*compiled));
  }
  return filter;
}

std::shared_ptr<const DirectTools> JobRunner::direct_tools_of(const std::string& cache_directory) {
  const std::lock_guard lock(direct_mutex_);
  const auto known = direct_.find(cache_directory);
  if (known != direct_.end()) return known->second;
  return direct_[cache_directory] = DirectTools::load(cache_directory);
}

}  // namespace gobox::runner
