#pragma once

// JobRunner: takes a Job through its stages (compile, vet, run or test), each in a fresh sandbox of
// its own, and answers with a JobResult. Only the binary crosses from compile to run, as a sealed
// descriptor.
//
// A JobRunner holds what jobs share (launcher, toolchains, caches, compiled filters) and may be
// used from many threads at once. A wrong request is a caller's Error; a failure of ours is a
// JobResult with outcome sandbox_error, so that what was learned before it is kept.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "runner/golang/direct_compile.h"
#include "runner/golang/go_cache.h"
#include "runner/golang/toolchain.h"
#include "runner/job/compile_cache.h"
#include "runner/job/job.h"
#include "runner/result/result.h"
#include "sandbox/launcher.h"
#include "sandbox/pool.h"
#include "sandbox/seccomp/filter_store.h"

namespace gobox::runner {

class JobRunner {
 public:
  // `pool`: how many sandboxes to keep ready; by default only the next stage's.
  JobRunner(sandbox::Launcher& launcher, std::vector<Toolchain> toolchains, GoCaches caches,
            Progress progress, sandbox::PoolOptions pool = {})
      : launcher_(launcher),
        toolchains_(std::move(toolchains)),
        caches_(std::move(caches)),
        progress_(std::move(progress)),
        filter_store_(caches_.root() / "filters"),
        pool_(launcher, pool) {}

  Result<JobResult> run(Job job);

  // Builds the caches of every toolchain. `race`: the race detector's too, where it can be built.
  Result<void> warm(const policies::StagePolicy& compile, bool race);

  // Before the first run. Without one, nothing is kept.
  void use_compile_cache(std::shared_ptr<CompileCache> cache) { compiles_ = std::move(cache); }

  const std::vector<Toolchain>& toolchains() const { return toolchains_; }

  const GoCaches& caches() const { return caches_; }

  sandbox::Launcher& launcher() { return launcher_; }

  const sandbox::SandboxPool& pool() const { return pool_; }

 private:
  friend class JobRun;

  Result<std::shared_ptr<const sandbox::SeccompFilter>> filter_of(
      const policies::StagePolicy& policy, sandbox::Watch watch);
  // Null where that cache does not know how to.
  std::shared_ptr<const DirectTools> direct_tools_of(const std::string& cache_directory);

  sandbox::Launcher& launcher_;
  std::vector<Toolchain> toolchains_;
  GoCaches caches_;
  Progress progress_;
  std::shared_ptr<CompileCache> compiles_;
  std::mutex direct_mutex_;
  std::map<std::string, std::shared_ptr<const DirectTools>> direct_;  // by cache directory
  sandbox::FilterStore filter_store_;
  std::mutex filters_mutex_;
  std::map<std::string, std::shared_ptr<const sandbox::SeccompFilter>> filters_;
  sandbox::SandboxPool pool_;
};

}  // namespace gobox::runner
