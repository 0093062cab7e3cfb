// SPDX-License-Identifier: Apache-2.0

// Which of the settings that the sandbox made for a Go program changed how it lived: where it is
// deployed they may not be there.

#include <algorithm>

#include "runner/diagnosis/hints.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kFewestMoments = 2;  // one may have been looked at late
constexpr std::uint64_t kSmallest = std::uint64_t{8} << 20;

// GOGC alone would let the heap double. Where the goal is near the memory limit instead, and little
// above what a collection has left, it is the limit that set it (runtime/mgcpacer.go).
bool limit_set_the_goal(const HeapMoment& moment, std::uint64_t limit) {
  return moment.next_goal > kSmallest && moment.next_goal >= limit / 10 * 7 &&
         moment.next_goal < moment.heap_bytes + moment.heap_bytes * 3 / 10;
}

}  // namespace

void add_settings_hints(const HintInput& input, std::vector<Hint>& hints) {
  const RuntimeSettings& settings = input.settings;
  if (!settings.memory_limit_automatic || !settings.memory_limit || settings.gc_off) return;
  if (input.outcome == Outcome::kOom) return;  // it did not keep the program alive
  const auto held = std::count_if(
      input.history.begin(), input.history.end(),
      [&](const HeapMoment& moment) { return limit_set_the_goal(moment, *settings.memory_limit); });
  if (static_cast<std::size_t>(held) < kFewestMoments) return;
  hints.push_back(
      {"our_memory_limit",
       "GOMEMLIMIT, which the sandbox set to " + format_size(*settings.memory_limit) +
           ", made the collector run more often than Go's default would; where this program is "
           "deployed without one it takes more memory, and under the same limit may be killed: set "
           "GOMEMLIMIT there too, or run it here with --gomemlimit off"});
}

}  // namespace gobox::runner
