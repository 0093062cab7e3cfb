// SPDX-License-Identifier: Apache-2.0

#pragma once

// CompileCache: finished compile stages of this process, by what went into them. A hit costs a copy
// of the binary in memory instead of a compiler and a linker.
//
// A key names everything that reaches the compile stage and the caller's scope; entries are sealed
// files without a name, never handed into a sandbox: a run gets a copy of its own, so that no
// program can lock, watch or time another's entry. Only stages that ended by themselves belong in
// here, never the verdict of a limit. Bounded in bytes, entries and age; the least recently used
// goes first. Thread-safe; nobody waits for anybody's compile: two jobs with one key both compile.

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/quantity.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "runner/result/result.h"

namespace gobox::runner {

struct CompileCacheLimits {
  std::uint64_t bytes = std::uint64_t{256} << 20;  // binaries and kept messages
  std::size_t entries = 512;                       // each holds a descriptor
  Nanoseconds age = std::chrono::hours(24);        // since the compile
};

class CompileCache {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  struct Entry {
    StageResult stage;
    UniqueFd binary;  // sealed; invalid where the compiler refused the sources
    std::uint64_t binary_bytes = 0;
  };

  struct Counters {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;  // by size, number or age
    std::uint64_t bytes = 0;
    std::size_t entries = 0;
  };

  explicit CompileCache(CompileCacheLimits limits, Now now = Clock::now)
      : limits_(limits), now_(std::move(now)) {}

  // Null: not here, or too old.
  std::shared_ptr<const Entry> find(const Sha256Digest& key);

  // Whether a stage that ended so may be kept at all.
  static bool accepts(const StageResult& stage);

  // Replaces an entry of the same key. What is larger than the whole cache is not kept, nor is a
  // binary that anybody could still change.
  void insert(const Sha256Digest& key, Entry entry);

  Counters counters() const;

 private:
  struct Slot {
    Sha256Digest key;
    std::shared_ptr<const Entry> entry;
    std::uint64_t bytes = 0;
    Clock::time_point made;
  };

  using Slots = std::list<Slot>;  // most recently used first

  bool too_old(const Slot& slot) const { return now_() - slot.made > limits_.age; }

  void remove(Slots::iterator slot);

  const CompileCacheLimits limits_;
  const Now now_;
  mutable std::mutex mutex_;
  Slots slots_;
  std::map<Sha256Digest, Slots::iterator> index_;
  Counters counters_;
};

}  // namespace gobox::runner
