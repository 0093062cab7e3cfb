// SPDX-License-Identifier: Apache-2.0

#pragma once

// A directory of the host's as a Workspace: regular files with their executable bits, links that
// stay within the tree as links, empty directories. What cannot come along (links that leave the
// tree, pipes, sockets, devices, ".git", what the caller excludes) is left out; the workspace's
// notes name it. No link is ever followed. Thread-safe; no state.

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

struct TreeOptions {
  InputLimits limits;
  // Shell patterns (glob(7)); one with a slash is compared with the path below the tree's root,
  // one without with each name. A directory that matches is left out with all below it.
  std::vector<std::string> exclude;
  // Told now and then how far the reading has come, after its first two seconds.
  std::function<void(std::size_t files, std::size_t bytes)> progress;
};

Result<Workspace> read_host_tree(const std::string& path, const TreeOptions& options);

}  // namespace gobox::runner
