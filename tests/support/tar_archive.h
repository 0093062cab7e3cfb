// SPDX-License-Identifier: Apache-2.0

#pragma once

// Tar archives for tests, plain or packed. Names are written as they are given, however wrong.

#include <string>
#include <vector>

namespace gobox::tests {

struct TarMember {
  enum class Kind { kFile, kDirectory, kLink, kHardLink, kFifo };

  std::string path;
  std::string bytes;  // of a link: where it leads
  Kind kind = Kind::kFile;
  unsigned mode = 0644;
};

enum class TarFilter { kNone, kGzip, kZstd };

std::string tar_of(const std::vector<TarMember>& members, TarFilter filter = TarFilter::kNone);

}  // namespace gobox::tests
