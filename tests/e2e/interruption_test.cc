// SPDX-License-Identifier: Apache-2.0

// The user, or whoever has the right, ends sandbox-run in the middle: nothing of it stays.

#include <signal.h>

#include <boost/json.hpp>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Children that each start children, until the limit on processes; nobody ends it for an hour. A
// shell that may not fork exits, so the main process is none.
const Words kStorm = {"exec",
                      "--run-timeout",
                      "1h",
                      "--total-timeout",
                      "1h",
                      "--pids",
                      "64",
                      "--",
                      "/bin/sh",
                      "-c",
                      "storm() { while :; do (storm) & done; }; (storm 2>/dev/null) & echo begun; "
                      "exec sleep 3600"};

bool nothing_is_left() {
  return eventually(
      [] {
        reap_orphans();
        return host_state().processes.empty();
      },
      std::chrono::seconds(30));
}

// The children of a process, as proc(5) tells them.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  const std::string pid = std::to_string(parent);
  const auto text = read_file("/proc/" + pid + "/task/" + pid + "/children");
  if (!text) return children;
  std::istringstream words(*text);
  for (pid_t child = 0; words >> child;) children.push_back(child);
  return children;
}

TEST(Interruption, KilledInAForkStormEverythingDiesAndTheNextStartSweeps) {
  ChildProcess run = start_sandbox_run(kStorm);
  ASSERT_TRUE(run.wait_for_output("begun\n"));
  ASSERT_FALSE(groups_of(run.pid()).empty());
  run.signal(SIGKILL);
  EXPECT_EQ(run.wait().signal, SIGKILL);
  EXPECT_TRUE(nothing_is_left()) << ::testing::PrintToString(host_state());
  EXPECT_EQ(sandbox_run({"exec", "--", "/bin/true"}).status, 0);
  EXPECT_THAT(groups_of(run.pid()), IsEmpty());
}

TEST(Interruption, AKilledLauncherIsAnErrorOfOursAndNothingIsLeft) {
  ChildProcess run = start_sandbox_run(kStorm);
  ASSERT_TRUE(run.wait_for_output("begun\n"));
  const std::vector<pid_t> children = children_of(run.pid());
  ASSERT_EQ(children.size(), 1U) << "the launcher is its only child";
  ASSERT_EQ(::kill(children[0], SIGKILL), 0);
  const CommandResult ended = run.wait();
  EXPECT_EQ(ended.status, 125) << ended.err;
  EXPECT_EQ(outcome_in_summary(ended), "sandbox_error") << ended.err;
  EXPECT_TRUE(nothing_is_left()) << ::testing::PrintToString(host_state());
  EXPECT_EQ(sandbox_run({"exec", "--", "/bin/true"}).status, 0);
  EXPECT_THAT(groups_of(run.pid()), IsEmpty());
}

class Stopping : public ::testing::TestWithParam<int> {};

TEST_P(Stopping, EndsTheRunAtOnceAndLeavesNothing) {
  ChildProcess run = start_sandbox_run(kStorm);
  ASSERT_TRUE(run.wait_for_output("begun\n"));
  run.signal(GetParam());
  const CommandResult ended = run.wait();
  EXPECT_EQ(ended.status, 128 + GetParam());
  EXPECT_EQ(outcome_in_summary(ended), "canceled") << ended.err;
  EXPECT_LT(ended.wall, std::chrono::minutes(5)) << "nobody waited for the hour to pass";
  EXPECT_TRUE(nothing_is_left()) << ::testing::PrintToString(host_state());
  EXPECT_THAT(groups_of(run.pid()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Signals, Stopping, ::testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& param) { return std::to_string(param.param); });

TEST(Interruption, WithJsonACanceledRunHasAResult) {
  Words words = kStorm;
  words.insert(words.begin() + 1, "--events");
  ChildProcess run = start_sandbox_run(words);
  ASSERT_TRUE(run.wait_for_output("begun"));
  run.signal(SIGINT);
  const CommandResult ended = run.wait();
  EXPECT_EQ(ended.status, 130);
  EXPECT_THAT(ended.out, HasSubstr("\"outcome\":\"canceled\""));
}

TEST(Interruption, ACompileIsEndedToo) {
  const ScratchDirectory scratch;
  std::string source = "package main\n\nconst c0 = \"0123456789abcdef\"\n";
  for (int i = 1; i < 32; ++i) {
    const std::string before = "c" + std::to_string(i - 1);
    source += "const c" + std::to_string(i) + " = " + before + " + " + before + "\n";
  }
  scratch.write("main.go", source + "\nfunc main() { println(len(c31)) }\n");
  ChildProcess run =
      start_sandbox_run({"--events", "--compile-timeout", "1h", scratch / "main.go"});
  ASSERT_TRUE(run.wait_for_output("\"started\""));
  run.signal(SIGINT);
  const CommandResult ended = run.wait();
  EXPECT_EQ(ended.status, 130) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("\"outcome\":\"canceled\",\"stage\":\"compile\""));
  EXPECT_TRUE(nothing_is_left()) << ::testing::PrintToString(host_state());
}

}  // namespace
}  // namespace gobox::tests
