// SPDX-License-Identifier: Apache-2.0

// Every tree ends on time, whatever it does against it.

#include <sys/eventfd.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"

namespace gobox::tests {
namespace {

using sandbox::Ending;
using sandbox::KillReason;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr milliseconds kWall(400);
constexpr milliseconds kGrace(100);

Trial with_wall(milliseconds wall) {
  Trial trial;
  trial.policy.limits.wall = wall * slowness();
  trial.policy.limits.grace = kGrace;
  trial.policy.limits.pids = 64;
  return trial;
}

// A machine busy with other things may be late; by seconds it may not.
milliseconds latest(milliseconds due) {
  return due * slowness() + milliseconds(1500) * slowness();
}

class Outlasting : public ::testing::TestWithParam<const char*> {};

TEST_P(Outlasting, EndsAtTheWallLimit) {
  Trial trial = with_wall(kWall);
  trial.execution.quit_first = true;
  // Tracing is refused by the filter; let through, it must not hold a process past its deadline.
  allow_calls(trial.policy, {"ptrace"});
  const Ending ending = run({GetParam()}, std::move(trial));
  EXPECT_EQ(ending.killed, KillReason::kWallLimit);
  EXPECT_EQ(ending.limit, kWall * slowness());
  EXPECT_GE(ending.wall, kWall * slowness());
  EXPECT_LT(ending.wall, latest(kWall + kGrace));
  EXPECT_THAT(ending.text(false),
              ::testing::AnyOf(HasSubstr("ready"), HasSubstr("storm"), HasSubstr("ptrace: done")))
      << "what was printed before the kill is returned";
}

INSTANTIATE_TEST_SUITE_P(Programs, Outlasting,
                         ::testing::Values("sleep_forever", "spin_forever", "stop_everything",
                                           "ignore_signals", "vfork_stuck", "hold_by_ptrace",
                                           "fork_storm"),
                         [](const auto& param) { return std::string(param.param); });

TEST(Deadline, TheGraceLetsTheProgramSpeak) {
  Trial trial = with_wall(kWall);
  trial.policy.limits.grace = std::chrono::seconds(30);
  trial.execution.quit_first = true;
  const Ending ending = run(
      {"/bin/sh", "-c", "trap 'echo last words >&2; exit 7' QUIT; echo ready; while :; do :; done"},
      std::move(trial));
  EXPECT_EQ(ending.killed, KillReason::kWallLimit);
  EXPECT_EQ(ending.text(true), "last words\n");
  EXPECT_EQ(ending.after_quit, "last words\n");
  EXPECT_LT(ending.wall, std::chrono::seconds(20)) << "it ended by itself";
}

TEST(Deadline, WithoutGraceNobodyIsAsked) {
  Trial trial = with_wall(kWall);
  trial.policy.limits.grace = milliseconds(0);
  trial.execution.quit_first = true;
  const Ending ending =
      run({"/bin/sh", "-c", "trap 'echo last words' QUIT; while :; do :; done"}, std::move(trial));
  EXPECT_EQ(ending.killed, KillReason::kWallLimit);
  EXPECT_EQ(ending.text(false), "");
}

TEST(Deadline, TheTotalSpeaksWhereItIsShorter) {
  Trial trial = with_wall(std::chrono::seconds(60));
  trial.execution.total_left = kWall;
  const Ending ending = run({"sleep_forever"}, std::move(trial));
  EXPECT_EQ(ending.killed, KillReason::kTotalLimit);
  EXPECT_EQ(ending.limit, kWall);
}

TEST(Deadline, TheCpuLimitCountsChildrenThatHaveEnded) {
  Trial trial = with_wall(std::chrono::seconds(60));
  constexpr milliseconds kCpu(300);
  trial.policy.limits.cpu = kCpu;
  const Ending ending = run({"burn_in_children"}, std::move(trial));
  EXPECT_EQ(ending.killed, KillReason::kCpuLimit);
  EXPECT_GE(ending.used, kCpu);
  EXPECT_LT(ending.used, kCpu + milliseconds(200) * slowness());
  EXPECT_GE(ending.usage.cpu_total, kCpu);
}

TEST(Deadline, SleepingCostsNoCpuTime) {
  Trial trial = with_wall(kWall);
  trial.policy.limits.cpu = milliseconds(200) * slowness();
  EXPECT_EQ(run({"sleep_forever"}, std::move(trial)).killed, KillReason::kWallLimit);
}

TEST(Deadline, BandwidthIsBounded) {
  Trial trial = with_wall(std::chrono::seconds(1));
  trial.policy.limits.cpus = 0.2;
  const Ending ending = run({"spin_forever"}, std::move(trial));
  EXPECT_LT(ending.usage.cpu_total, milliseconds(450));
  EXPECT_GT(ending.usage.cpu_throttled, milliseconds(100));
}

TEST(Deadline, ACallerWhoGoesAwayEndsTheRunAtOnce) {
  const UniqueFd cancel(::eventfd(0, EFD_CLOEXEC));
  Trial trial = with_wall(std::chrono::seconds(60));
  trial.execution.cancel = cancel.get();
  trial.execution.sink = [&](bool, std::string_view) {  // it says "ready"
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(cancel.get(), &one, sizeof one), 8);
  };
  const Ending ending = run({"sleep_forever"}, std::move(trial));
  EXPECT_EQ(ending.killed, KillReason::kCanceled);
  EXPECT_EQ(ending.text(false), "ready\n");
  EXPECT_LT(ending.wall, std::chrono::seconds(5) * slowness());
}

}  // namespace
}  // namespace gobox::tests
