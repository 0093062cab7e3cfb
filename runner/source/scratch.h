// SPDX-License-Identifier: Apache-2.0

#pragma once

// Scratch: the writable files of a sandbox, read from outside after everything inside is dead. Only
// beneath the descriptor that was opened before foreign code ran, never by a path the sandbox could
// have changed: openat2 with RESOLVE_BENEATH and no links (openat2(2)), and only regular files.
// Everything is bounded in number, depth and bytes. Borrows the descriptor; no other state.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

struct LeftoverFiles {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> paths;  // the first few, relative to the writable space
};

// A regular file of at most `most` bytes, opened for reading; anything else is refused.
Result<UniqueFd> open_regular(int space, const std::string& path, std::uint64_t most);

// Removes the file `name` of a directory below the space. Links on the way are refused.
Result<void> remove_file(int space, const std::string& directory, const std::string& name);

// A sealed copy in memory, executable: what crosses from the compile sandbox to the run sandbox.
// The copy is what makes it unchangeable, and charges it to us instead of to a dead group.
Result<UniqueFd> sealed_copy(int file, const char* name);

// What lies in work/ and tmp/ besides the files of `inputs` and the one file `expected`.
LeftoverFiles find_leftovers(int space, const Workspace& inputs,
                             const std::vector<std::string>& expected = {});

// Shows every regular file below the directory `from`, opened for reading, with its path from
// there. An error of the visitor's ends the walk.
using RegularVisitor =
    std::function<Result<void>(const std::string& path, int file, std::uint64_t size)>;
Result<void> visit_regular(int space, const std::string& from, const RegularVisitor& visitor);

// Copies the directory `from` below the space into the existing host directory `to`: regular files
// and directories only. Returns how many entries were left out (links, devices, pipes, unreadable).
Result<std::uint64_t> copy_out(int space, const std::string& from, const std::string& to);

}  // namespace gobox::runner
