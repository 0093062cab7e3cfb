// SPDX-License-Identifier: Apache-2.0

#pragma once

// GoTables: what a Go binary says of itself: where the runtime keeps its heap profile (the symbol
// table), and which function, file and line an address belongs to (the line table, .gopclntab; Go
// 1.18 and newer; of what was inlined the line is its own, the function the one around it). For
// binaries that were not compiled here, and so carry no probe (probe.h).
//
// The file is read through a descriptor, never executed. It may be anybody's: whatever in it does
// not fit is absent. Position-independent and stripped binaries have nothing to give. Facts:
// elf(5); debug/gosym, internal/abi and runtime/symtab.go of Go 1.18 to 1.26. One owner, one
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

class GoTables {
 public:
  // Looks up the symbols only; the line table is read when it is asked. Nothing: no such binary.
  static std::optional<GoTables> of_binary(UniqueFd file);

  std::uint64_t heap_buckets() const { return heap_buckets_; }  // runtime.mbuckets

  std::uint64_t sample_rate() const { return sample_rate_; }  // runtime.MemProfileRate

  std::uint64_t profile_cycle() const { return profile_cycle_; }  // runtime.mProfCycle; 0: none

  // Reads the line table; false: it is not one that is known.
  bool load();

  // Of a return address on a stack, after load().
  std::optional<Frame> frame_of(std::uint64_t return_address, const UserPaths& paths) const;

  // After load(): which files are the user's, where we did not place them: those that are neither
  // of Go's own tree nor of a module cache.
  const UserPaths& user_paths() const { return paths_; }

 private:
  struct Section {
    std::uint64_t offset = 0, size = 0, address = 0;
    std::uint32_t link = 0;
  };

  bool read_symbols(const Section& symbols, const Section& names);
  bool read_header();
  std::uint32_t word(std::uint64_t at) const;
  std::string_view text_at(std::uint64_t at) const;
  std::optional<std::uint64_t> function_at(std::uint64_t address) const;
  std::int64_t value_at(std::uint64_t table, std::uint64_t entry, std::uint64_t address) const;
  std::optional<Location> place_in(std::uint64_t function, std::uint64_t address) const;
  void find_go_tree();

  UniqueFd file_;
  std::uint64_t heap_buckets_ = 0, sample_rate_ = 0, profile_cycle_ = 0, text_start_ = 0;
  Section lines_;
  std::string table_;  // the line table
  // Offsets into it.
  std::uint64_t functions_ = 0, names_ = 0, units_ = 0, files_ = 0, values_ = 0;
  std::uint64_t count_ = 0;
  UserPaths paths_;
  bool trimmed_ = false;  // built with -trimpath
};

}  // namespace gobox::runner
