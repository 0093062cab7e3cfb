// SPDX-License-Identifier: Apache-2.0

// sandbox-run why: verdict, cause, what was tried, and the setting to apply; or that none helps.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CommandResult why(const std::string& example, std::vector<std::string> flags) {
  std::vector<std::string> words{"why", "--compile-timeout", "60s", "--total-timeout", "90s"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.push_back(source_path("examples/diagnosis/" + example));
  return sandbox_run(words);
}

TEST(Why, ACollectorThatIsOffIsCuredByAMemoryLimitOfGosOwn) {
  const auto ran = why("gc_off.go", {"--memory", "64M", "--gogc", "off", "--gomemlimit", "off"});
  EXPECT_EQ(ran.status, 137) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("cause: the garbage collector was off"));
  EXPECT_THAT(ran.out, HasSubstr("tried GOMEMLIMIT=auto: ok 3 of 3"));
  EXPECT_THAT(ran.out, HasSubstr("apply: sandbox-run --gomemlimit auto"));
}

TEST(Why, AThrottledProgramIsTriedWithMoreProcessors) {
  const auto ran = why("throttled.go", {"--cpus", "0.1", "--run-timeout", "1s"});
  EXPECT_EQ(ran.status, 124) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("cause: the kernel held the program back"));
  EXPECT_THAT(ran.out, HasSubstr("tried cpus 1: "));
}

TEST(Why, WhereNoSettingHelpsItSaysSo) {
  const auto ran = why("threads.go", {"--pids", "64"});
  EXPECT_THAT(ran.out, HasSubstr("verdict: pids_limit"));
  EXPECT_THAT(ran.out, HasSubstr("tried pids 256: did not help"));
  EXPECT_THAT(ran.out, HasSubstr("nothing that was tried helped: the program has to change"));
  EXPECT_THAT(ran.out, Not(HasSubstr("apply:")));
}

}  // namespace
}  // namespace gobox::tests
