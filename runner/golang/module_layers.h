// SPDX-License-Identifier: Apache-2.0

#pragma once

// ModuleLayers: the packages of other people's modules, compiled once. A layer is a prepared cache
// (runner/golang/go_cache.h) and, beside its entries, those of the packages a set of modules has.
// It is built in a sandbox of its own from verified modules alone: not one byte of a job's is in
// it, and no job can write to it. Its name is a hash of all that goes in, so who gets a layer has
// exactly its modules and would run their code anyway: what a hostile module does to the build of
// its own layer reaches nobody else.
//
// The entries of the standard library are the prepared cache's own files, linked, and win over
// anything the build left under their names. One directory per layer, whole or absent; a Layer
// keeps its directory in place as long as it lives. Beyond a size the least recently used go.
// Thread-safe; several processes may share the directory.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/golang/go_cache.h"
#include "runner/modules/resolution.h"

namespace gobox::runner {

// Where the module store is inside a sandbox: the path is part of what the go command hashes.
inline constexpr const char* kModuleCacheDirectory = "/gomodcache";

struct LayerRequest {
  const Toolchain& toolchain;
  const policies::StagePolicy& compile;
  CacheVariant variant = CacheVariant::kPlain;
  std::filesystem::path prepared;      // of the same toolchain and variant
  std::filesystem::path module_cache;  // shown read-only
  bool for_direct = false;             // what a direct compile needs, instead of what go build does
  std::string go_sum;
  std::vector<UsedModule> modules;
  std::vector<std::string> packages;
  int cancel = -1;
};

struct Layer {
  std::filesystem::path directory;
  UniqueFd lock;  // shared
};

class ModuleLayers {
 public:
  ModuleLayers(std::filesystem::path root, std::uint64_t most_bytes)
      : root_(std::move(root)), most_bytes_(most_bytes) {}

  // Built now if need be. Nothing: these packages cannot be built by themselves; the job's own
  // compile stage will say why.
  Result<std::optional<Layer>> prepare(sandbox::Launcher& launcher,
                                       const LayerRequest& request) const;

 private:
  void trim(const std::string& but) const;

  const std::filesystem::path root_;
  const std::uint64_t most_bytes_;
};

}  // namespace gobox::runner
