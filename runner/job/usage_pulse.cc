#include "runner/job/usage_pulse.h"

#include <algorithm>
#include <utility>

namespace gobox::runner {

Nanoseconds UsagePulse::look(const sandbox::ControlGroup& group, Nanoseconds offset) {
  if (cpu_before_ && offset < due_) return due_ - offset;
  if (const auto used = group.usage()) {
    if (!cpu_before_) cpu_before_ = used->cpu_total;
    if (offset >= due_) {
      tell_({.wall = offset,
             .cpu = used->cpu_total - *cpu_before_,
             .memory_peak_bytes = used->memory_peak_bytes});
    }
  }
  // Whoever was not asked for several beats owes one, not all of them.
  while (due_ <= offset) due_ += kEvery;
  return due_ - offset;
}

sandbox::Sampler with_pulse(sandbox::Sampler other, UsagePulse pulse) {
  return [other = std::move(other), pulse = std::move(pulse)](const sandbox::ControlGroup& group,
                                                              Nanoseconds offset) mutable {
    const Nanoseconds beat = pulse.look(group, offset);
    return other ? std::min(beat, other(group, offset)) : beat;
  };
}

}  // namespace gobox::runner
