// SPDX-License-Identifier: Apache-2.0

#pragma once

// Supervision: one run watched from outside, from the first command to the last death. One thread,
// one ppoll(2) whose timeout is the next deadline; it waits on pidfds, pipes and sockets it made,
// and kills through PID 1's pidfd and the control group. What a process inside could hold up, it
// leaves to a thread on the side (who is left); should it be held up all the same, the Warden kills
// in its place.
//
// The first reason to kill is recorded and stands. Internal to sandbox/.

#include <chrono>
#include <memory>
#include <optional>

#include "sandbox/arbiter.h"
#include "sandbox/core_keeper.h"
#include "sandbox/ending.h"
#include "sandbox/inside/message.h"
#include "sandbox/output_capture.h"
#include "sandbox/sandbox.h"
#include "sandbox/warden.h"

namespace gobox::sandbox {

Error error_from(const Failed& failed, const std::vector<std::string>& bind_sources);

class Supervision {
 public:
  Supervision(Sandbox& sandbox, const Execution& execution);

  Result<Ending> run();

 private:
  using Clock = std::chrono::steady_clock;

  // kLeaving: asked to end by the caller's own signal.
  enum class Phase { kRunning, kQuitting, kLeaving, kKilled, kEnded };

  Result<void> begin();
  Result<void> engage_warden();
  void heed_warden();
  // Of the program as it is, where the caller wants one, before it is killed for `reason`.
  void take_core(KillReason reason);
  void look_near_limit(Clock::time_point now);
  Result<void> start_program(std::size_t index);
  Result<void> wait_once();
  Clock::time_point next_deadline() const;
  Result<void> on_deadlines(Clock::time_point now);
  Result<void> check_cpu(Clock::time_point now);
  Result<void> on_control();
  Result<void> check_execution();
  Result<void> on_failed_start(const Failed& failed);
  Result<void> on_violation();
  Result<void> on_program_end(const Ended& ended);
  Result<void> list_survivors();
  void on_wall_limit(Clock::time_point now);
  void on_cancel(Clock::time_point now);
  void record_kill(KillReason reason, Nanoseconds limit, Nanoseconds used);
  Result<Ending> finish();

  Sandbox& sandbox_;
  const Execution& execution_;
  Ending ending_;
  std::optional<Warden::Watch> watch_;
  Arbiter arbiter_;
  std::optional<OutputCapture> output_;
  UniqueFd null_;
  bool listening_ = true;
  bool others_left_ = true;
  Phase phase_ = Phase::kRunning;
  std::size_t program_ = 0;
  std::optional<Ended> early_ends_[kMaxPrograms];  // of programs that were not asked to run yet
  Clock::time_point start_{};
  Clock::time_point end_{};
  Clock::time_point wall_deadline_{};
  Clock::time_point dump_read_{};  // the next time the goroutine dump is fetched
  KillReason wall_reason_ = KillReason::kWallLimit;
  Nanoseconds wall_limit_{0};
  std::optional<Clock::time_point> cpu_check_;
  std::optional<Clock::time_point> sample_;
  std::unique_ptr<CoreKeeper> core_;
  std::optional<Clock::time_point> core_look_;  // at the memory, until it is near its limit
};

}  // namespace gobox::sandbox
