// SPDX-License-Identifier: Apache-2.0

#pragma once

// Build caches of one toolchain hold many of the same files: what cgo does not touch is the same
// with it and without. A GOCACHE names an output by the hash of its bytes (cmd/go/internal/cache:
// "<hash>-d"), so an equal name is an equal file, and one of two can be a hard link.

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gobox::runner {

// Outputs in `cache` that one of `others` holds too become links to those. Where a link cannot be
// made the file stays as it is. Nobody may use `cache` meanwhile; the others are only read.
void share_outputs(const std::filesystem::path& cache,
                   const std::vector<std::filesystem::path>& others);

// What `directory` takes on the disk beyond files that have other names too.
std::uint64_t bytes_of_its_own(const std::filesystem::path& directory);

}  // namespace gobox::runner
