// SPDX-License-Identifier: Apache-2.0

#pragma once

// BinaryStore: the test binaries of one job, from the moment the compile stage made them until
// their tests run: files without a name on the host's disk, because a few hundred of them are more
// than a job may hold in memory. Gone with the process, however it ends. Thread-safe.

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::runner {

class BinaryStore {
 public:
  static constexpr std::uint64_t kMaxBinary = std::uint64_t{512} << 20;
  static constexpr std::uint64_t kMaxTotal = std::uint64_t{4} << 30;  // of one job

  // `directory`: where the files lie; memory where that has no room for files without a name.
  explicit BinaryStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Copies NAME of the directory below `space` and removes it there, where it counts against the
  // compile stage's memory.
  Result<UniqueFd> take(int space, const std::string& name);

 private:
  Result<UniqueFd> new_file() const;

  const std::filesystem::path directory_;
  std::atomic<std::uint64_t> total_ = 0;
};

}  // namespace gobox::runner
