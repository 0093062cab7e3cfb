// SPDX-License-Identifier: Apache-2.0

#pragma once

// WorkspaceBuilder: collects the members of a Workspace under its limits, and compares them with
// each other when all are there. Internal to runner/source.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

class WorkspaceBuilder {
 public:
  explicit WorkspaceBuilder(const InputLimits& limits) : limits_(limits) {}

  const InputLimits& limits() const { return limits_; }

  std::size_t bytes_left() const { return limits_.max_bytes - bytes_; }

  std::size_t bytes() const { return bytes_; }

  std::size_t files() const { return workspace_.files.size(); }

  Error too_large(std::string_view path) const;

  // Whether one more file of that size fits.
  Result<void> check_room(std::string_view path, std::uint64_t size) const;

  Result<void> add(SourceFile file);
  Result<void> add_link(SourceLink link);
  Result<void> add_empty_directory(const std::string& path);

  // One more directory seen; bounded, since empty ones add no file.
  Result<void> count_directory(std::string_view path);

  // What was left out, by the first few names.
  void leave_out(const std::string& path, const std::string& why);

  Result<Workspace> finish() &&;

 private:
  InputLimits limits_;
  Workspace workspace_;
  std::size_t bytes_ = 0;
  std::size_t directories_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace gobox::runner
