// SPDX-License-Identifier: Apache-2.0

// What a program waits for in vain under Go's fake clock, on which time passes only while every
// goroutine sleeps (runtime/time_fake.go).

#include <algorithm>
#include <array>

#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

constexpr std::array<std::string_view, 6> kAsksTheTime = {
    "time.Now",   "time.now",          "time.Since",
    "time.Until", "testing.(*B).Loop", "testing.(*B).loopSlowPath"};
// Neither a goroutine nor a timer: the fake clock's scheduler takes it for nothing at all.
constexpr std::array<std::string_view, 4> kWaitsForProcess = {"os/exec.(*Cmd)", "os.(*Process)",
                                                              "os.(*File).Read", "io.ReadAll"};

template <std::size_t N>
bool calls_any(const GoroutineGroup& group, const std::array<std::string_view, N>& functions) {
  return std::any_of(group.frames.begin(), group.frames.end(), [&](const Frame& frame) {
    return std::any_of(functions.begin(), functions.end(), [&](std::string_view function) {
      return frame.function.starts_with(function);
    });
  });
}

bool is_computing(const GoroutineGroup& group) {
  return group.state == "running" || group.state == "runnable" || group.state == "preempted";
}

// The line of the loop that looks at the clock, in the user's code of a running goroutine.
std::optional<Frame> clock_place(const HintInput& input, const GoroutineGroup& group) {
  for (const Frame& frame : group.frames) {
    if (!frame.user) continue;
    const Loop* const loop = input.flow.clock_loop_at(frame.file, frame.line);
    if (loop == nullptr) continue;
    Frame at = frame;
    at.line = loop->line;
    return at;
  }
  if (!calls_any(group, kAsksTheTime) || !group.top_user_frame) return std::nullopt;
  return group.frames[*group.top_user_frame];
}

bool add_spin_hint(const HintInput& input, std::vector<Hint>& hints) {
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    if (!is_computing(group)) continue;
    const auto at = clock_place(input, group);
    if (!at) continue;
    hints.push_back(
        Hint{"fake_clock",
             "the program looks at the clock until enough time has passed, at " + place(*at) +
                 "; on this server's clock time passes only while every goroutine sleeps, so that "
                 "it never does: wait with time.Sleep or a timer; what measures time, as a "
                 "benchmark does, cannot be run here"}
            .at(*at));
    return true;
  }
  return false;
}

bool add_process_hint(const HintInput& input, std::vector<Hint>& hints) {
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    if (group.system || !calls_any(group, kWaitsForProcess)) continue;
    const Frame& frame = user_place(group);
    hints.push_back(
        Hint{"fake_clock",
             "this is no deadlock of the program's: it waits for another process" +
                 (frame.user ? " at " + place(frame) : std::string()) +
                 ", and with this server's clock Go takes that for waiting for nothing; without "
                 "other processes, or over /v1/runs, it runs"}
            .at(frame));
    return true;
  }
  return false;
}

}  // namespace

bool add_clock_hint(const HintInput& input, std::vector<Hint>& hints) {
  if (!input.fake_time) return false;
  return input.outcome == Outcome::kTimeout ? add_spin_hint(input, hints)
                                            : add_process_hint(input, hints);
}

}  // namespace gobox::runner
