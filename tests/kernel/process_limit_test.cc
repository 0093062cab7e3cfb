// SPDX-License-Identifier: Apache-2.0

// The limit on processes and threads, and who is left when the main process ends.

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"

namespace gobox::tests {
namespace {

using sandbox::Ending;
using sandbox::LeakedProcess;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Pids, RefusedForksAreCounted) {
  Trial trial;
  trial.policy.limits.pids = 20;
  const Ending ending = run({"fork_until_refused"}, std::move(trial));
  EXPECT_EQ(ending.exit_code, 1);
  EXPECT_GE(ending.usage.pids_refused, 1U);
  EXPECT_THAT(ending.text(false), HasSubstr("Resource temporarily unavailable"));
  EXPECT_LT(std::atoi(ending.text(false).c_str()), 20);
  EXPECT_GT(std::atoi(ending.text(false).c_str()), 15);
}

TEST(Pids, NothingIsRefusedBelowTheLimit) {
  EXPECT_EQ(run({"/bin/true"}).usage.pids_refused, 0U);
}

TEST(Survivors, AHundredChildrenAreListedAndDoNotDelayTheAnswer) {
  const Ending ending = run({"leave_children", "100"});
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(ending.killed, sandbox::KillReason::kNone);
  EXPECT_EQ(ending.text(false), "left\n");
  EXPECT_THAT(ending.leaked, SizeIs(100));
  EXPECT_THAT(ending.leaked, Each(Field(&LeakedProcess::command, "leave_children 100")));
  EXPECT_THAT(ending.leaked, Each(Field(&LeakedProcess::ppid, 1)));
  // They hold stdout open; waiting for its end would take until the wall limit.
  EXPECT_LT(ending.wall, std::chrono::seconds(2) * slowness());
}

TEST(Survivors, ADaemonIsListed) {
  const Ending ending = run({"leave_daemon"});
  EXPECT_EQ(ending.exit_code, 0);
  ASSERT_THAT(ending.leaked, SizeIs(1));
  EXPECT_EQ(ending.leaked[0].command, "leave_daemon");
  EXPECT_EQ(ending.leaked[0].state, 'S');
  EXPECT_GT(ending.leaked[0].pid, 1);
  EXPECT_THAT(ending.leaked[0].open_files, SizeIs(0));
}

// No two looks at it see the same process.
TEST(Survivors, AChainOfProcessesIsListed) {
  for (int run_number = 0; run_number < 30; ++run_number) {
    const Ending ending = run({"leave_relay"});
    EXPECT_EQ(ending.exit_code, 0);
    EXPECT_GE(ending.leaked.size(), 1U) << "run " << run_number;
  }
}

TEST(Survivors, TheDeadAreNotListed) {
  const Ending ending = run({"leave_zombies"});
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_THAT(ending.leaked, SizeIs(0));
}

}  // namespace
}  // namespace gobox::tests
