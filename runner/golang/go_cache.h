// SPDX-License-Identifier: Apache-2.0

#pragma once

// GoCaches: the prepared build caches of the toolchains. Go 1.20 and newer ship no compiled
// standard library; without a prepared one every job would spend seconds compiling it. A cache is a
// GOCACHE directory built once, in a sandbox, and shown to jobs read-only: the go command works
// with a read-only cache, its writes fail silently.
//
// One directory per toolchain and variant below `root`, complete or absent (made beside, renamed
// into place). Never writable from inside a sandbox. Thread-safe; a file lock keeps processes
// apart.

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "policies/policy.h"
#include "runner/golang/toolchain.h"
#include "sandbox/launcher.h"

namespace gobox::runner {

enum class CacheVariant { kPlain, kRace, kFakeTime, kCgo };

inline constexpr std::array kCacheVariants = {CacheVariant::kPlain, CacheVariant::kRace,
                                              CacheVariant::kFakeTime, CacheVariant::kCgo};

const char* name_of(CacheVariant variant);

using Progress = std::function<void(const std::string& line)>;

class GoCaches {
 public:
  // `cancel`: readable when preparing shall stop; -1 for never. Not owned.
  explicit GoCaches(std::filesystem::path root, int cancel = -1)
      : root_(std::move(root)), cancel_(cancel) {}

  // $GOBOX_CACHE_DIR; else /var/cache/gobox for root, $XDG_CACHE_HOME/gobox or ~/.cache/gobox.
  static std::filesystem::path default_root();

  // The cache, where it has been prepared.
  std::optional<std::filesystem::path> find(const Toolchain& toolchain, CacheVariant variant) const;

  // The cache, prepared now if need be. `compile` is the policy of the sandbox that builds it; its
  // limits are raised to what the standard library takes. Tells `progress` what takes so long.
  // `cancel`: readable when this caller no longer wants it; then, and where another process takes
  // longer than kLockPatience over it, an Error.
  Result<std::filesystem::path> prepare(sandbox::Launcher& launcher,
                                        const policies::StagePolicy& compile,
                                        const Toolchain& toolchain, CacheVariant variant,
                                        const Progress& progress, int cancel = -1) const;

  static constexpr auto kLockPatience = std::chrono::minutes(20);

  const std::filesystem::path& root() const { return root_; }

  // While it is held nothing is prepared. An Error where somebody prepares right now.
  Result<UniqueFd> try_lock() const;

 private:
  std::filesystem::path directory_of(const Toolchain& toolchain, CacheVariant variant) const;

  std::filesystem::path root_;
  int cancel_ = -1;
};

// `source` at `target`, required.
policies::Bind show(const std::filesystem::path& source, const std::string& target);

// What of the host a job with this toolchain must see.
std::vector<policies::Bind> toolchain_binds(const Toolchain& toolchain);

}  // namespace gobox::runner
