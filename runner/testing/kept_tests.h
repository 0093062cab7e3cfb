// SPDX-License-Identifier: Apache-2.0

#pragma once

// KeptTests: the test binaries of earlier compile stages of one caller, on disk, by a key over all
// that went into them. A hit compiles nothing. One directory per caller, which no other caller's
// jobs reach; nothing in here is ever shown inside a sandbox: binaries are read from it.
//
// An entry is a directory, made beside and renamed into place: whole or not there, also after a
// crash. Every binary's SHA-256 stands in its manifest and is compared when it is read; what does
// not agree is removed and counts as not there. Bounded in bytes per caller; what was not used for
// longest goes first, and an open binary outlives its entry. Safe among threads and processes.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "runner/testing/package_tests.h"

namespace gobox::runner {

struct KeptPackage {
  PackageTests result;  // what the build had to say of it
  UniqueFd binary;      // invalid where there is none
};

struct KeptBuild {
  Outcome outcome = Outcome::kOk;  // ok or compile_error
  int exit_code = 0;
  std::string messages;
  std::string untested;  // coverage profile of packages without tests
  std::vector<KeptPackage> packages;
};

class KeptTests {
 public:
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{2} << 30;  // of one caller
  static constexpr std::size_t kMaxEntries = 64;

  explicit KeptTests(std::filesystem::path directory, std::uint64_t max_bytes = kMaxBytes)
      : directory_(std::move(directory)), max_bytes_(max_bytes) {}

  std::optional<KeptBuild> find(const Sha256Digest& key) const;

  // Copies the binaries. What is larger than a caller may keep is not kept.
  Result<void> keep(const Sha256Digest& key, const KeptBuild& build) const;

 private:
  void make_room(std::uint64_t bytes) const;

  const std::filesystem::path directory_;
  const std::uint64_t max_bytes_;
};

}  // namespace gobox::runner
