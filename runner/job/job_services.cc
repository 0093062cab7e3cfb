// SPDX-License-Identifier: Apache-2.0

#include "runner/job/job_services.h"

namespace gobox::runner {

Result<std::filesystem::path> JobServices::prepare_cache(const policies::StagePolicy& compile,
                                                         const Toolchain& toolchain,
                                                         CacheVariant variant, int cancel) {
  return caches_.prepare(launcher_, compile, toolchain, variant, progress_, cancel);
}

Result<std::shared_ptr<const sandbox::SeccompFilter>> JobServices::filter_of(
    const policies::StagePolicy& policy, sandbox::Watch watch) {
  // By what it says: two policies of one name need not be one.
  const std::string key = sandbox::filter_key(policy.seccomp, watch);
  const std::lock_guard lock(filters_mutex_);
  auto& filter = filters_[key];
  if (!filter) {
    auto compiled = filter_store_.filter(policy.seccomp, watch);
    if (!compiled) return std::move(compiled).error().within("policy " + policy.name);
    filter = std::make_shared<const sandbox::SeccompFilter>(std::move(*compiled));
  }
  return filter;
}

Result<std::shared_ptr<ModuleService>> JobServices::modules() {
  if (!open_modules_) return std::shared_ptr<ModuleService>();
  const std::lock_guard lock(modules_mutex_);
  if (!modules_) modules_ = TRY(open_modules_());
  return modules_;
}

std::shared_ptr<const DirectTools> JobServices::direct_tools_of(
    const std::string& cache_directory) {
  constexpr std::size_t kMostKnown = 256;  // layers come and go
  const std::lock_guard lock(direct_mutex_);
  if (direct_.size() > kMostKnown) direct_.clear();
  const auto known = direct_.find(cache_directory);
  if (known != direct_.end()) return known->second;
  return direct_[cache_directory] = DirectTools::load(cache_directory);
}

}  // namespace gobox::runner
