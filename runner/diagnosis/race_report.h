// SPDX-License-Identifier: Apache-2.0

#pragma once

// Race: what the race detector of a `go build -race` program reports, both sides of it.
//
// Not a verdict: the detector's exit status decides that, and any program can print such a report.
// Reports of the same two places are one Race with a count; which side came first, and whether it
// read or wrote, is the first report's. A place is the innermost line of the user's, else the
// innermost line. Addresses are dropped: they say nothing to anybody.
// Time is linear in the text, memory bounded by kMaxRaces. Form: ThreadSanitizer's Go reports
// (compiler-rt tsan_report.cpp) as printed by Go 1.19 to 1.26. Pure functions, thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

enum class RaceAccessKind { kRead, kWrite, kAtomicRead, kAtomicWrite };

std::string_view name(RaceAccessKind kind);  // "read", "write", "atomic read", "atomic write"

struct RaceAccess {
  RaceAccessKind kind = RaceAccessKind::kRead;
  bool previous = false;          // the earlier of the two
  std::uint64_t goroutine = 0;    // 0 is the main goroutine
  bool finished = false;          // that goroutine had already ended
  std::vector<Frame> frames;      // innermost first; empty when the detector could not restore them
  std::vector<Frame> created_at;  // empty for the main goroutine
};

struct Race {
  std::vector<RaceAccess> accesses;  // two; one where the text breaks off
  std::uint64_t count = 1;           // reports of these two places
};

inline constexpr std::size_t kMaxRaces = 100;

// In order of first appearance.
std::vector<Race> parse_races(std::string_view text, const UserPaths& paths);

// N of the last "Found N data race(s)", printed at the end of a program that was not killed.
std::optional<std::uint64_t> races_found(std::string_view text);

}  // namespace gobox::runner
