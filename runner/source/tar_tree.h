// SPDX-License-Identifier: Apache-2.0

#pragma once

// TarTree: a Workspace read from a tar archive that a caller sent, plain or packed by gzip or zstd.
// The bytes are a stranger's: every name is checked as a workspace's are, what is not a file, a
// directory or a link that stays within the tree is left out with a note, and nothing is unpacked
// beyond the limits, however small the archive is.
//
// Contents go through a Spool, so that a large tree lies on disk. Pure otherwise; thread-safe.
// Facts: archive_read(3), archive_read_data(3).

#include <string>
#include <string_view>

#include "base/error.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

enum class TarPacking { kNone, kGzip, kZstd };

// `spool_directory`: where contents beyond a megabyte lie; "" for memory. An Error of kind caller
// says what is wrong with the archive.
Result<Workspace> workspace_from_tar(std::string_view archive, TarPacking packing,
                                     const InputLimits& limits, const std::string& spool_directory);

}  // namespace gobox::runner
