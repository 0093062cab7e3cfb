// SPDX-License-Identifier: Apache-2.0

#pragma once

// RuntimeHeap: the heap profile that Go's runtime keeps in every program's memory, read from
// outside while the program lives: for programs without a probe (probe.h), which are tests, and
// binaries built elsewhere. Where the linker turned sampling off, because nothing in the program
// reads the profile, it is turned on at the first look, at Go's own default rate; what was
// allocated before is then not in it. Nothing else of the program is touched, and nothing waits for
// it.
//
// A hint: the program owns that memory. Reads are bounded: kMaxBuckets a look, and kMaxFound sites
// are kept. A process is reached by a descriptor of its directory in /proc, so that no other one
// with its number is ever touched. One reader per run and thread. Facts: runtime/mprof.go (bucket,
// memRecord) of Go 1.19 to 1.26; proc(5).

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runner/diagnosis/go_tables.h"
#include "runner/diagnosis/probe.h"

namespace gobox::runner {

class RuntimeHeap {
 public:
  static constexpr unsigned kMaxBuckets = 8192;
  static constexpr std::size_t kMaxFound = 24;

  // Copies the profile of whichever of `pids` is a Go program with symbols; keeps the last one that
  // held anything.
  void look(const std::vector<pid_t>& pids);

  // What the last look found, with names; nothing where it found nothing. Reads the line table.
  std::optional<HeapReport> report(const UserPaths& paths);

  // Which files of the program are its user's; nothing where no Go program was found.
  std::optional<UserPaths> user_paths();

 private:
  struct Found {
    std::uint64_t bytes = 0, objects = 0;
    std::vector<std::uint64_t> stack;  // return addresses, innermost first
  };

  using FileId = std::pair<dev_t, ino_t>;

  GoTables* tables_of(int process);
  bool look_at(int process, const GoTables& tables);
  void take(std::vector<Found> published, std::vector<Found> recent);

  std::map<FileId, std::optional<GoTables>> known_;  // nothing: no Go program with symbols
  FileId last_{};                                    // of the program that was found
  std::vector<Found> found_;
  std::uint64_t rate_ = 0;
  std::uint64_t collections_ = 0;
  std::chrono::steady_clock::time_point not_before_{};  // the next look: they may not cost much
};

}  // namespace gobox::runner
