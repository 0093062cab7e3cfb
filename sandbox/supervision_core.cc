// SPDX-License-Identifier: Apache-2.0

// When a core of the program is taken, where the caller wants one (declared in supervision.h).

#include "sandbox/supervision.h"

namespace gobox::sandbox {
namespace {

constexpr auto kCoreLookEvery = std::chrono::milliseconds(2);
constexpr std::uint64_t kNearLimit = 16;  // the last sixteenth of it

const char* core_moment(KillReason reason) {
  switch (reason) {
    case KillReason::kWallLimit:
      return "at the wall time limit";
    case KillReason::kTotalLimit:
      return "at the limit of time over all stages";
    case KillReason::kCpuLimit:
      return "at the CPU time limit";
    case KillReason::kOutputLimit:
      return "at the output limit";
    default:
      return "at a forbidden system call";
  }
}

}  // namespace

void Supervision::take_core(KillReason reason) {
  if (!core_ || reason == KillReason::kCanceled) return;
  core_look_.reset();
  core_->take(core_moment(reason), CoreKeeper::Then::kDies);
}

// An out-of-memory kill gives no moment before it, so one is looked for.
void Supervision::look_near_limit(Clock::time_point now) {
  core_look_ = now + kCoreLookEvery;
  const auto memory = sandbox_.group_.memory();
  const std::uint64_t limit = execution_.limits.memory_bytes;
  if (!memory || memory->total_bytes < limit - limit / kNearLimit) return;
  core_look_.reset();
  core_->take("near the memory limit, with " + format_size(memory->total_bytes) + " of " +
                  format_size(limit) + " in use",
              CoreKeeper::Then::kMayGoOn);
}

}  // namespace gobox::sandbox
