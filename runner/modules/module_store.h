// SPDX-License-Identifier: Apache-2.0

#pragma once

// ModuleStore: the modules that were fetched and verified, on disk, as a GOMODCACHE that is shown
// read-only to compile stages. Written by us alone, from what the proxies sent, after the go
// command of a fetch stage has verified it and the hash computed here agrees. What is in it never
// changes; whole modules come and go.
//
// A module is there when its directory is: everything else of it is written before and removed
// after. A Pin keeps modules from being evicted while a job uses them, in this and in any other
// process (a lock on the module's ".lock" file). Beyond its size the least recently used go first.
// The go.mod files of modules that are only looked at are small; they go together, at a moment when
// no job of any process is at work, once they are many (the lock "mods.lock").
// Thread-safe; several processes may share a store.
//
// Below the root: mod/ (the GOMODCACHE: P@V/, cache/download/P/@v/V.{mod,info,zip,ziphash,lock}),
// tmp/ (being made; what a crash left there goes at the next start).

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/modules/go_sum.h"
#include "runner/modules/proxy_request.h"

namespace gobox::runner {

struct StoredModule {
  ModuleVersion module;
  std::string sum;  // "h1:..."
  std::uint64_t bytes = 0;
  std::chrono::system_clock::time_point used;
};

// One of a module's files as it came: in memory or as a file.
struct ModuleBytes {
  std::string text;
  int file = -1;  // read instead of `text` when >= 0; not owned
};

class ModuleStore {
 public:
  // Keeps modules in place as long as it lives.
  using Pin = std::vector<std::shared_ptr<const UniqueFd>>;

  // Made where it is missing.
  static Result<std::unique_ptr<ModuleStore>> open(std::filesystem::path root,
                                                   std::uint64_t most_bytes);

  // What is shown as GOMODCACHE.
  std::filesystem::path mod_cache() const { return root_ / "mod"; }

  // For files without names; same file system.
  std::filesystem::path scratch() const { return root_ / "tmp"; }

  // A kept .info, .mod or .zip; nothing for other questions.
  std::optional<UniqueFd> find(const ProxyRequest& request) const;

  // Keeps a go.mod or an information file alone: what a module graph is read from.
  Result<void> add_small(const ProxyRequest& request, const ModuleBytes& bytes);

  // Unpacks and keeps a module whose zip hashes to `sum`. An Error of kind caller: the zip is none,
  // or another than `sum` says. It makes no difference if it is there already.
  Result<void> add(const ModuleVersion& module, const ModuleBytes& zip, const std::string& sum);

  // Whether a zip would be unpacked, whatever its hash; keeps nothing.
  Result<void> check(const ModuleVersion& module, const ModuleBytes& zip);

  // All of them with their files, and these go.mod files, or nothing where one is missing. Marks
  // the modules used.
  std::optional<Pin> pin(const std::vector<ModuleVersion>& modules,
                         const std::vector<ModuleVersion>& mods);

  std::vector<StoredModule> list() const;

  // Evicts until the size fits. Called after additions; cheap while it does.
  void trim();

  std::uint64_t most_bytes() const { return most_bytes_; }

 private:
  ModuleStore(std::filesystem::path root, std::uint64_t most_bytes)
      : root_(std::move(root)), most_bytes_(most_bytes) {}

  struct Paths;
  struct Unpacking;

  // Into a directory of its own in tmp/.
  Result<Unpacking> unpack(const ModuleVersion& module, const ModuleBytes& zip);
  Paths paths_of(const ModuleVersion& module) const;
  std::vector<StoredModule> scan() const;
  bool evict(const ModuleVersion& module);
  void clean_scratch() const;
  void sweep_mods() const;

  const std::filesystem::path root_;
  const std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  std::map<ModuleVersion, std::weak_ptr<const UniqueFd>> pins_;
  std::uint64_t bytes_ = 0;  // by our own count since the last scan
  std::uint64_t made_ = 0;   // names in tmp/
};

}  // namespace gobox::runner
