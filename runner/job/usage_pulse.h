#pragma once

// UsagePulse: tells an observer, once in a while, what a running stage has used so far. It beats on
// the looks that the supervision takes at the stage anyway, or on its own where nobody else looks.
// What cannot be read is not told. One pulse per stage; called in the supervising thread.

#include <functional>
#include <optional>

#include "runner/job/job.h"
#include "sandbox/sandbox.h"

namespace gobox::runner {

class UsagePulse {
 public:
  static constexpr Nanoseconds kEvery = std::chrono::seconds(1);

  using Listener = std::function<void(const StageUsage&)>;

  explicit UsagePulse(Listener tell) : tell_(std::move(tell)) {}

  // Returns how long from now the next beat is.
  Nanoseconds look(const sandbox::ControlGroup& group, Nanoseconds offset);

 private:
  Listener tell_;
  std::optional<Nanoseconds> cpu_before_;  // of the set-up: the counter is the sandbox's, not ours
  Nanoseconds due_ = kEvery;
};

// Calls both, each at least as often as it asks for; `other` may be empty.
sandbox::Sampler with_pulse(sandbox::Sampler other, UsagePulse pulse);

}  // namespace gobox::runner
