// SPDX-License-Identifier: Apache-2.0

#pragma once

// RunFiles: what belongs to one run and is too large for the database, as files below the data
// directory: the tree it was asked for with, until it has ended, and the artifacts it left, as long
// as its result is kept. RunStore decides when either goes. Trees that wait are bounded in all.
//
// Thread-safe.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/spool.h"
#include "base/unique_fd.h"

namespace gobox::api {

class RunFiles {
 public:
  RunFiles(std::filesystem::path root, std::uint64_t most_tree_bytes)
      : root_(std::move(root)), most_tree_bytes_(most_tree_bytes) {}

  // Removes what belongs to no run that is `known`: an earlier process was killed.
  Result<void> sweep(const std::function<bool(const std::string& id)>& known);

  // An Error of kind caller: too much waits already.
  Result<void> put_tree(const std::string& id, std::string_view bytes);
  Result<Spooled> tree(const std::string& id) const;
  void drop_tree(const std::string& id);

  // A new, empty directory for what the run leaves.
  Result<std::string> make_artifacts(const std::string& id);
  // nullopt: there is none of that name.
  std::optional<UniqueFd> open_artifact(const std::string& id, const std::string& name) const;
  void drop_artifacts(const std::string& id);

  void drop(const std::string& id);

 private:
  std::filesystem::path directory_of(const std::string& id) const { return root_ / id; }

  const std::filesystem::path root_;
  const std::uint64_t most_tree_bytes_;
  std::mutex mutex_;
  std::uint64_t tree_bytes_ = 0;
};

}  // namespace gobox::api
