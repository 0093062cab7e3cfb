// SPDX-License-Identifier: Apache-2.0

#pragma once

// What the probe's page says beside the report of the heap (probe.h): the goroutines alive when it
// last looked, put together by stack, and the heap after each collection that was seen. Hints, as
// all in the page. parse_probe_goroutines is pure; a history belongs to one thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

struct ProbeGroup {
  std::uint64_t count = 0;
  std::vector<Frame> frames;  // innermost first
};

// What Go's heap was after one of the collections seen.
struct HeapMoment {
  std::uint64_t collections = 0;
  std::uint64_t heap_bytes = 0;
  std::uint64_t next_goal = 0;
};

// Largest first.
std::vector<ProbeGroup> parse_probe_goroutines(std::string_view page, const UserPaths& paths);

class HeapHistory {
 public:
  static constexpr std::size_t kMaxMoments = 32;  // the last ones

  // A copy of the page as the reader has it; one seen before adds nothing.
  void look(std::string_view page);

  std::vector<HeapMoment> take() { return std::move(moments_); }

 private:
  std::vector<HeapMoment> moments_;
};

}  // namespace gobox::runner
