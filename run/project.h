// SPDX-License-Identifier: Apache-2.0

#pragma once

// Project: which directory of the host's is sent, and which package of it is meant. The root of the
// module, or of the workspace (go.work) it belongs to, is found upward from the directory the user
// named, as the go command finds it. Reads go.work files and directory entries; nothing else.

#include <string>
#include <vector>

#include "base/error.h"

namespace gobox::run {

struct Project {
  std::string root;         // as the user may say it
  std::string package;      // from there, as go names it: "./cmd/api"; "." is the root
  std::string how_to_name;  // what stands before another package's name: "sandbox-run DIR "
};

// Whether the inputs of a command line are a directory, or a directory and a package in it.
bool names_project(const std::vector<std::string>& inputs);

// `form`: "run" or "test". `root`: --root, or "".
Result<Project> find_project(const std::string& form, const std::vector<std::string>& inputs,
                             const std::string& root);

}  // namespace gobox::run
