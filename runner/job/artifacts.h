// SPDX-License-Identifier: Apache-2.0

#pragma once

// Artifacts: files that a job's programs and tests leave and its caller asked for, copied out of
// the sandbox by patterns when nothing inside lives. Only regular files, beneath the descriptor of
// the writable space; links and devices are never followed (runner/source/scratch.h). What the
// caller brought and nobody changed is not among them. Bounded in number and bytes; what did not
// fit is counted.
//
// One per job; take() may be called from several threads.

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runner/result/result.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

// "*" and "?" stay within a name, "**" stands for any directories: "out/**/*.png", "cover.out".
bool matches_glob(std::string_view pattern, std::string_view path);

class Artifacts {
 public:
  static constexpr std::size_t kMaxFiles = 1000;
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{256} << 20;  // each file is read whole

  // Copies go below `directory`, which exists.
  Artifacts(std::vector<std::string> patterns, std::string directory)
      : patterns_(std::move(patterns)), directory_(std::move(directory)) {}

  Result<void> take(int space, const Workspace& inputs);

  std::vector<Artifact> list() &&;

  // Wanted, and more than could be taken. After the last take().
  std::uint64_t left_out() const { return left_out_; }

 private:
  Result<void> take_file(const std::string& path, int file, std::uint64_t size,
                         const Workspace& inputs);
  bool is_wanted(std::string_view path) const;

  const std::vector<std::string> patterns_;
  const std::string directory_;
  std::mutex mutex_;  // of all that follows
  std::vector<Artifact> taken_;
  std::uint64_t bytes_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace gobox::runner
