// SPDX-License-Identifier: Apache-2.0

#pragma once

// JobServices: what the jobs of one process share: the launcher, the toolchains and their prepared
// caches, compiled filters, sandboxes made ahead, finished compiles. Made and owned by JobRunner;
// stages borrow it. Everything here may be used from many threads at once.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "runner/golang/direct_compile.h"
#include "runner/golang/go_cache.h"
#include "runner/golang/module_layers.h"
#include "runner/golang/toolchain.h"
#include "runner/job/compile_cache.h"
#include "runner/modules/module_service.h"
#include "sandbox/launcher.h"
#include "sandbox/pool.h"
#include "sandbox/seccomp/filter_store.h"

namespace gobox::runner {

class JobServices {
 public:
  JobServices(sandbox::Launcher& launcher, std::vector<Toolchain> toolchains, GoCaches caches,
              Progress progress, sandbox::PoolOptions pool)
      : launcher_(launcher),
        toolchains_(std::move(toolchains)),
        caches_(std::move(caches)),
        progress_(std::move(progress)),
        filter_store_(caches_.root() / "filters"),
        pool_(launcher, pool) {}

  // The prepared cache of a toolchain, prepared now if need be.
  Result<std::filesystem::path> prepare_cache(const policies::StagePolicy& compile,
                                              const Toolchain& toolchain, CacheVariant variant,
                                              int cancel);

  Result<std::shared_ptr<const sandbox::SeccompFilter>> filter_of(
      const policies::StagePolicy& policy, sandbox::Watch watch);

  // Null where that cache does not know how to compile directly.
  std::shared_ptr<const DirectTools> direct_tools_of(const std::string& cache_directory);

  // Before the first job. Without one, nothing is kept.
  void use_compile_cache(std::shared_ptr<CompileCache> cache) { compiles_ = std::move(cache); }

  // Before the first job. Called when the first job needs a module; null or an Error: there are
  // none to be had. Without one, jobs have what they bring.
  using ModuleOpener = std::function<Result<std::shared_ptr<ModuleService>>()>;

  void use_modules(ModuleOpener open) { open_modules_ = std::move(open); }

  // Null where no modules are fetched.
  Result<std::shared_ptr<ModuleService>> modules();

  // The compiled packages of such modules.
  ModuleLayers layers(const ModuleService& modules) const {
    return {caches_.root() / "layers", modules.settings().most_bytes};
  }

  CompileCache* compiles() { return compiles_.get(); }

  const std::vector<Toolchain>& toolchains() const { return toolchains_; }

  const GoCaches& caches() const { return caches_; }

  sandbox::Launcher& launcher() { return launcher_; }

  sandbox::SandboxPool& pool() { return pool_; }

  const sandbox::SandboxPool& pool() const { return pool_; }

 private:
  sandbox::Launcher& launcher_;
  std::vector<Toolchain> toolchains_;
  GoCaches caches_;
  Progress progress_;
  std::shared_ptr<CompileCache> compiles_;
  ModuleOpener open_modules_;
  std::mutex modules_mutex_;
  std::shared_ptr<ModuleService> modules_;
  std::mutex direct_mutex_;
  std::map<std::string, std::shared_ptr<const DirectTools>> direct_;  // by cache directory
  sandbox::FilterStore filter_store_;
  std::mutex filters_mutex_;
  std::map<std::string, std::shared_ptr<const sandbox::SeccompFilter>> filters_;
  sandbox::SandboxPool pool_;
};

}  // namespace gobox::runner
