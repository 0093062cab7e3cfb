// SPDX-License-Identifier: Apache-2.0

// The verdict on endings that differ in one thing.

#include "runner/outcome/outcome.h"

#include <gtest/gtest.h>

namespace gobox::tests {
namespace {

using runner::Outcome;
using runner::StageKind;

sandbox::Ending with_race_report(int exit_code) {
  sandbox::Ending ending;
  ending.exit_code = exit_code;
  ending.output.push_back({.is_stderr = true, .offset = {}, .bytes = "WARNING: DATA RACE\n"});
  return ending;
}

TEST(Outcome, ARaceInATestIsARace) {
  const auto outcome_of = [](StageKind kind, int exit_code, bool race) {
    return runner::judge(with_race_report(exit_code), {.kind = kind, .race = race});
  };
  EXPECT_EQ(outcome_of(StageKind::kRun, 66, true), Outcome::kRaceDetected);
  EXPECT_EQ(outcome_of(StageKind::kTest, 66, true), Outcome::kRaceDetected);
  // Package testing fails the test, and exits with its own status before the detector does.
  EXPECT_EQ(outcome_of(StageKind::kTest, 1, true), Outcome::kRaceDetected);
  EXPECT_EQ(outcome_of(StageKind::kTest, 1, false), Outcome::kExited) << "built without it";
  EXPECT_EQ(outcome_of(StageKind::kRun, 1, true), Outcome::kExited) << "a program's own status";
  EXPECT_EQ(outcome_of(StageKind::kTest, 2, true), Outcome::kExited) << "a panic";
}

}  // namespace
}  // namespace gobox::tests
