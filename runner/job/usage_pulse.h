// SPDX-License-Identifier: Apache-2.0

#pragma once

// UsagePulse: tells an observer what a running stage has used so far: ten times a second while
// somebody watches, once a second for the record otherwise. It beats on the looks that the
// supervision takes at the stage anyway, or on its own where nobody else looks. What cannot be read
// is not told. One pulse per stage; called in the supervising thread.

#include <functional>
#include <optional>

#include "runner/job/job.h"
#include "sandbox/sandbox.h"

namespace gobox::runner {

class UsagePulse {
 public:
  static constexpr Nanoseconds kEvery = std::chrono::seconds(1);
  static constexpr Nanoseconds kEveryWatched = std::chrono::milliseconds(100);

  using Listener = std::function<void(const StageUsage&)>;
  using IsWatched = std::function<bool()>;

  UsagePulse(Listener tell, IsWatched is_watched)
      : tell_(std::move(tell)), is_watched_(std::move(is_watched)) {}

  // Returns how long from now the next beat is.
  Nanoseconds look(const sandbox::ControlGroup& group, Nanoseconds offset);

 private:
  void tell(const sandbox::ControlGroup& group, const sandbox::GroupUsage& used,
            Nanoseconds offset) const;

  Listener tell_;
  IsWatched is_watched_;
  std::optional<sandbox::GroupUsage> before_;  // of the set-up: the counters are the sandbox's
  Nanoseconds last_{0};
};

// Calls both, each at least as often as it asks for; `other` may be empty.
sandbox::Sampler with_pulse(sandbox::Sampler other, UsagePulse pulse);

}  // namespace gobox::runner
