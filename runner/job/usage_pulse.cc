// SPDX-License-Identifier: Apache-2.0

#include "runner/job/usage_pulse.h"

#include <algorithm>
#include <utility>

namespace gobox::runner {

void UsagePulse::tell(const sandbox::ControlGroup& group, const sandbox::GroupUsage& used,
                      Nanoseconds offset) const {
  StageUsage usage{.wall = offset,
                   .cpu = used.cpu_total - before_->cpu_total,
                   .throttled = used.cpu_throttled - before_->cpu_throttled,
                   .memory_peak_bytes = used.memory_peak_bytes,
                   .now = std::nullopt};
  if (const auto memory = group.memory()) {
    usage.now = {.memory = *memory, .processes = group.processes_now()};
  }
  tell_(usage);
}

Nanoseconds UsagePulse::look(const sandbox::ControlGroup& group, Nanoseconds offset) {
  const bool watched = is_watched_ && is_watched_();
  const Nanoseconds every = watched ? kEveryWatched : kEvery;
  const bool due = offset >= last_ + every;
  if (before_ && !due) return last_ + every - offset;
  if (const auto used = group.usage()) {
    if (!before_) before_ = *used;
    if (due) tell(group, *used, offset);
  }
  // Whoever was not asked for several beats owes one, not all of them.
  if (due) last_ = offset - (offset - last_) % every;
  return last_ + every - offset;
}

sandbox::Sampler with_pulse(sandbox::Sampler other, UsagePulse pulse) {
  return [other = std::move(other), pulse = std::move(pulse)](const sandbox::ControlGroup& group,
                                                              Nanoseconds offset) mutable {
    const Nanoseconds beat = pulse.look(group, offset);
    return other ? std::min(beat, other(group, offset)) : beat;
  };
}

}  // namespace gobox::runner
