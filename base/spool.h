// SPDX-License-Identifier: Apache-2.0

#pragma once

// Spool: bytes of unknown number that arrive in pieces. Beyond a bound they lie in a nameless file
// on disk instead of in memory, and are read through a mapping of it. Not thread-safe.
//
// Facts: O_TMPFILE in open(2); a mapping outlives its descriptor, mmap(2).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox {

// What a Spool held: `bytes` live as long as `owner`.
struct Spooled {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

class Spool {
 public:
  // The file would be in `directory`; with "" everything stays in memory.
  explicit Spool(std::string directory) : directory_(std::move(directory)) {}

  // An Error of kind host: the disk's.
  Result<void> append(std::string_view bytes);

  std::uint64_t size() const { return size_; }

  // Bytes of memory held.
  std::size_t held() const { return memory_.capacity(); }

  // All of it. Once, and the last thing.
  Result<Spooled> finish() &&;

 private:
  Result<void> move_to_disk();

  const std::string directory_;
  std::string memory_;
  UniqueFd file_;  // valid once it is on disk
  std::uint64_t size_ = 0;
};

// A host file as a whole, mapped: it must not be cut short while `owner` lives.
Result<Spooled> map_file(int file, std::uint64_t size);

}  // namespace gobox
