// SPDX-License-Identifier: Apache-2.0

// How a program is started: what it is given, and that it is given nothing else.

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"

namespace gobox::tests {
namespace {

using sandbox::Ending;
using ::testing::HasSubstr;

TEST(Starting, PassesArgumentsEnvironmentAndDirectory) {
  Trial trial;
  trial.environment = {"COLOUR=green"};
  EXPECT_EQ(output_of({"show_start", "one", "", "two words"}, std::move(trial)),
            "argument show_start\nargument one\nargument \nargument two words\n"
            "environment COLOUR=green\ndirectory /work\n");
}

TEST(Starting, LooksUpAnExecutableByName) {
  Trial trial;
  const auto sandbox = prepare(trial);
  ASSERT_TRUE(sandbox.has_value()) << sandbox.error().message;
  sandbox::Execution execution;
  execution.programs = {{.arguments = {"echo", "found"}, .environment = {}}};
  execution.limits = trial.policy.limits;
  const auto ending = (*sandbox)->run(execution);
  ASSERT_TRUE(ending.has_value()) << ending.error().message;
  EXPECT_EQ(ending->text(false), "found\n");
}

TEST(Starting, LeavesOnlyTheThreeStandardDescriptorsOpen) {
  EXPECT_EQ(output_of({"list_descriptors"}), "0\n1\n2\n");
}

TEST(Starting, GivesAnEmptyStandardInputByDefault) {
  EXPECT_EQ(output_of({"/bin/cat"}), "");
}

TEST(Starting, PassesStandardInputUnchanged) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i % 256);
  Trial trial;
  trial.input = bytes;
  EXPECT_EQ(output_of({"/bin/cat"}, std::move(trial)), bytes);
}

TEST(Starting, RunsProgramsOneAfterAnotherUntilOneFails) {
  Trial trial;
  auto filter = sandbox::SeccompFilter::compile(trial.policy.seccomp, sandbox::Watch::kPolicy);
  ASSERT_TRUE(filter.has_value());
  const auto run_two = [&](const std::string& first) {
    auto sandbox = launcher().prepare(
        {.policy = trial.policy, .filter = *filter, .more_binds = {}, .programs = 2});
    EXPECT_TRUE(sandbox.has_value()) << sandbox.error().message;
    sandbox::Execution execution;
    execution.programs = {{.arguments = {"/bin/sh", "-c", first}, .environment = {}},
                          {.arguments = {"/bin/cat", "/work/note"}, .environment = {}}};
    execution.limits = trial.policy.limits;
    auto ending = (*sandbox)->run(execution);
    EXPECT_TRUE(ending.has_value()) << ending.error().message;
    return std::move(*ending);
  };
  const Ending both = run_two("echo kept > /work/note");
  EXPECT_EQ(both.exit_code, 0);
  EXPECT_EQ(both.text(false), "kept\n");
  const Ending one = run_two("echo kept > /work/note; exit 5");
  EXPECT_EQ(one.exit_code, 5);
  EXPECT_EQ(one.text(false), "");
}

TEST(Starting, ReportsTheProgramsOwnEnding) {
  EXPECT_EQ(run({"/bin/sh", "-c", "exit 3"}).exit_code, 3);
  const Ending killed = run({"/bin/sh", "-c", "kill -TERM $$"});
  EXPECT_EQ(killed.signal, SIGTERM);
  EXPECT_FALSE(killed.exit_code.has_value());
}

// A set-up that cannot succeed names its step, and the next run is fine.
TEST(Starting, NamesTheStepThatFailed) {
  const auto missing = try_run({"/usr/bin/no-such-program"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().errno_value, ENOENT);
  EXPECT_THAT(missing.error().message, HasSubstr("is it inside?"));

  Trial unbound;
  unbound.more_binds.push_back(shown("/no/such/directory", "/data"));
  const auto bind = try_run({"/bin/true"}, std::move(unbound));
  ASSERT_FALSE(bind.has_value());
  EXPECT_THAT(bind.error().message, HasSubstr("/no/such/directory"));

  const auto too_long = try_run({"/bin/echo", std::string(8 << 20, 'x')});
  ASSERT_FALSE(too_long.has_value());
  EXPECT_EQ(too_long.error().kind, Error::Kind::kCaller);

  EXPECT_EQ(run({"/bin/true"}).exit_code, 0);
}

}  // namespace
}  // namespace gobox::tests
