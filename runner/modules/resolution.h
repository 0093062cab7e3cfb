// SPDX-License-Identifier: Apache-2.0

#pragma once

// Resolution: what the go command found for a set of imports, module files and settings: the
// completed module files and the modules and packages they come to. Kept on disk, so that the same
// question is asked once: whoever imports the same gets the same, until a new version may have come
// out. Values that were verified when they were made; the modules themselves are the store's.
//
// Resolutions: one small file each, whole or not there. Thread-safe; several processes may share
// it.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "runner/modules/module_version.h"

namespace gobox::runner {

struct UsedModule {
  ModuleVersion module;
  std::string sum;   // "h1:..."
  bool used = true;  // provides packages; others are only looked into

  bool operator==(const UsedModule&) const = default;
};

struct Resolution {
  // Path in the workspace and bytes: go.mod, go.sum, go.work.sum as the go command left them.
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<UsedModule> modules;    // sorted; those whose files the go command reads
  std::vector<ModuleVersion> mods;    // those whose go.mod it reads
  std::vector<std::string> packages;  // of those modules, sorted
  std::string notes;  // what the go command said of its choices: "go: found P in M V" lines
};

// The modules whose packages are built.
std::vector<UsedModule> used_modules(const std::vector<UsedModule>& modules);

class Resolutions {
 public:
  explicit Resolutions(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // `fresh`: not older than this. Nothing where there is none.
  std::optional<Resolution> find(const std::string& key, std::chrono::seconds fresh) const;

  Result<void> keep(const std::string& key, const Resolution& resolution) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace gobox::runner
