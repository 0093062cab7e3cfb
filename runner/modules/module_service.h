// SPDX-License-Identifier: Apache-2.0

#pragma once

// ModuleService: where the jobs of one process have modules from: the proxies, the rules, the store
// of what was verified and the resolutions made. Thread-safe. Opened once; what makes connections
// does so only when a job asks.

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "runner/modules/downloads.h"
#include "runner/modules/module_store.h"
#include "runner/modules/relay.h"
#include "runner/modules/resolution.h"

namespace gobox::runner {

struct ModuleSettings {
  std::vector<ProxyAddress> proxies;
  ModuleRules rules;
  std::uint64_t most_bytes = std::uint64_t{4} << 30;
  // As the go command has them: which checksum database there is, and for which modules not.
  std::string sum_database = "sum.golang.org";
  std::string no_sum_database;
};

// $GOBOX_MODULE_DIR; else beside the prepared caches.
std::filesystem::path default_module_directory(const std::filesystem::path& caches);

class ModuleService {
 public:
  static Result<std::shared_ptr<ModuleService>> open(const std::filesystem::path& root,
                                                     ModuleSettings settings);

  const ModuleSettings& settings() const { return settings_; }

  ModuleStore& store() { return *store_; }

  Downloads& downloads() { return downloads_; }

  const Resolutions& resolutions() const { return resolutions_; }

  // Of everything here that decides what a resolution comes to.
  std::string settings_text() const;

 private:
  ModuleService(const std::filesystem::path& root, ModuleSettings settings,
                std::unique_ptr<ModuleStore> store)
      : settings_(std::move(settings)),
        store_(std::move(store)),
        downloads_(ProxySource(settings_.proxies, store_->scratch())),
        resolutions_(root / "resolutions") {}

  const ModuleSettings settings_;
  std::unique_ptr<ModuleStore> store_;
  Downloads downloads_;
  Resolutions resolutions_;
};

}  // namespace gobox::runner
