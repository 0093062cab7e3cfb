// SPDX-License-Identifier: Apache-2.0

// Hints about what surrounds a program: the settings the sandbox made, and the fake clock.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

class Surroundings : public ::testing::Test {
 protected:
  std::vector<Hint> hints(Outcome outcome, bool (*rule)(const HintInput&, std::vector<Hint>&)) {
    std::vector<Hint> found;
    rule(input(outcome), found);
    return found;
  }

  HintInput input(Outcome outcome) {
    return {.kind = StageKind::kRun,
            .outcome = outcome,
            .ending = ending_,
            .limits = limits_,
            .diagnosis = diagnosis_,
            .facts = facts_,
            .flow = flow_,
            .settings = settings_,
            .history = history_,
            .goroutines = {},
            .race = false,
            .fake_time = fake_time_,
            .goroutines_wanted = false,
            .goroutines_refused = {}};
  }

  void runs_at(int line, const std::string& state) {
    GoroutineGroup group;
    group.state = state;
    group.count = 1;
    group.user_code = true;
    group.frames = {{.function = "main.main", .file = "main.go", .line = line, .user = true}};
    group.top_user_frame = 0;
    diagnosis_.goroutines.emplace();
    diagnosis_.goroutines->groups = {group};
  }

  CpuBudget budget_{std::chrono::seconds(10)};
  Workspace workspace_ = *workspace_from_source(
      "package main\n\nimport \"time\"\n\nfunc main() {\n\tstart := time.Now()\n\tn := 0\n"
      "\tfor time.Since(start) < time.Second {\n\t\tn++\n\t}\n"
      "\tfor i := 0; i < 1<<40; i++ {\n\t\tn++\n\t}\n\tprintln(n)\n}\n");
  ValueFlow flow_{&workspace_, budget_};
  sandbox::Ending ending_;
  policies::Limits limits_;
  Diagnosis diagnosis_;
  SourceFacts facts_;
  RuntimeSettings settings_;
  std::vector<HeapMoment> history_;
  bool fake_time_ = true;
};

TEST_F(Surroundings, ASpinOnTheFakeClockIsNamedWithItsLoop) {
  runs_at(9, "running");
  const auto found = hints(Outcome::kTimeout, add_clock_hint);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].reason, "fake_clock");
  EXPECT_EQ(found[0].line, 8);
  EXPECT_THAT(found[0].text, HasSubstr("main.go:8"));
}

TEST_F(Surroundings, OtherLoopsAndTheRealClockAreNot) {
  runs_at(12, "running");
  EXPECT_THAT(hints(Outcome::kTimeout, add_clock_hint), IsEmpty());
  runs_at(9, "running");
  fake_time_ = false;
  EXPECT_THAT(hints(Outcome::kTimeout, add_clock_hint), IsEmpty());
}

TEST_F(Surroundings, WhoWaitsForAProcessOnTheFakeClockIsInNoDeadlock) {
  runs_at(9, "chan receive");
  GoroutineGroup& group = diagnosis_.goroutines->groups[0];
  group.frames.insert(group.frames.begin(), {.function = "os/exec.(*Cmd).Wait",
                                             .file = "/usr/local/go/src/os/exec/exec.go",
                                             .line = 900,
                                             .user = false});
  group.top_user_frame = 1;
  const auto found = hints(Outcome::kExited, add_clock_hint);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].text, HasSubstr("this is no deadlock"));
}

bool settings_rule(const HintInput& input, std::vector<Hint>& hints) {
  add_settings_hints(input, hints);
  return !hints.empty();
}

TEST_F(Surroundings, OurMemoryLimitIsNamedWhereItSetTheGoal) {
  settings_.memory_limit = 58 * kMebibyte;
  settings_.memory_limit_automatic = true;
  history_ = {{.collections = 8, .heap_bytes = 44 * kMebibyte, .next_goal = 52 * kMebibyte},
              {.collections = 9, .heap_bytes = 45 * kMebibyte, .next_goal = 51 * kMebibyte}};
  const auto found = hints(Outcome::kOk, settings_rule);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].reason, "our_memory_limit");
  EXPECT_THAT(hints(Outcome::kOom, settings_rule), IsEmpty()) << "it did not keep it alive";
}

TEST_F(Surroundings, AGoalOfGosOwnOrALimitOfTheUsersIsNot) {
  settings_.memory_limit = 58 * kMebibyte;
  settings_.memory_limit_automatic = true;
  history_ = {{.collections = 8, .heap_bytes = 21 * kMebibyte, .next_goal = 42 * kMebibyte},
              {.collections = 9, .heap_bytes = 22 * kMebibyte, .next_goal = 43 * kMebibyte}};
  EXPECT_THAT(hints(Outcome::kOk, settings_rule), IsEmpty());
  history_[0].next_goal = history_[1].next_goal = 24 * kMebibyte;
  settings_.memory_limit_automatic = false;
  EXPECT_THAT(hints(Outcome::kOk, settings_rule), IsEmpty());
}

}  // namespace
}  // namespace gobox::runner
