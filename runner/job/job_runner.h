// SPDX-License-Identifier: Apache-2.0

#pragma once

// JobRunner: takes a Job through its stages (compile, vet, run or test), each in a fresh sandbox of
// its own, and answers with a JobResult. Only the binary crosses from compile to run, as a sealed
// descriptor.
//
// May be used from many threads at once; what jobs share is in JobServices. A wrong request is a
// caller's Error; a failure of ours is a JobResult with outcome sandbox_error, so that what was
// learned before it is kept.

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "runner/job/job.h"
#include "runner/job/job_services.h"
#include "runner/result/result.h"

namespace gobox::runner {

class JobRunner {
 public:
  // `pool`: how many sandboxes to keep ready; by default only the next stage's.
  JobRunner(sandbox::Launcher& launcher, std::vector<Toolchain> toolchains, GoCaches caches,
            Progress progress, sandbox::PoolOptions pool = {})
      : services_(launcher, std::move(toolchains), std::move(caches), std::move(progress), pool) {}

  Result<JobResult> run(Job job);

  // Builds these caches of every toolchain; those that cannot be built here are left out.
  Result<void> warm(const policies::StagePolicy& compile,
                    const std::vector<CacheVariant>& variants);

  // Before the first run. Without one, nothing is kept.
  void use_compile_cache(std::shared_ptr<CompileCache> cache) {
    services_.use_compile_cache(std::move(cache));
  }

  // Before the first run. Without it, no modules are fetched.
  void use_modules(JobServices::ModuleOpener open) { services_.use_modules(std::move(open)); }

  // Null where no modules are fetched.
  Result<std::shared_ptr<ModuleService>> modules() { return services_.modules(); }

  const std::vector<Toolchain>& toolchains() const { return services_.toolchains(); }

  const GoCaches& caches() const { return services_.caches(); }

  sandbox::Launcher& launcher() { return services_.launcher(); }

  const sandbox::SandboxPool& pool() const { return services_.pool(); }

 private:
  JobServices services_;
};

}  // namespace gobox::runner
