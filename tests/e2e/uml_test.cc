// SPDX-License-Identifier: Apache-2.0

// The small ring: every kind of ending once, quick enough for user-mode Linux, where it runs on
// cgroup v2 (tests/uml). One CPU and slow system calls there: wide limits, few compiles.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/requirement.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

json::object run_shell(const Words& flags, const std::string& script) {
  Words words = {"exec", "--run-timeout", "60s", "--total-timeout", "5m"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.insert(words.end(), {"--", "/bin/sh", "-c", script});
  return sandbox_run_json(words);
}

json::object run_go(const Words& flags, const std::string& example) {
  Words words = {"--compile-timeout", "5m", "--run-timeout", "60s"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.push_back(source_path("examples/" + example));
  return sandbox_run_json(words);
}

TEST(Uml, TheControlGroupsAreThoseOfTheKernel) {
  const auto result = run_shell({}, "exit 0");
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  const std::string groups = text_of(result.at("isolation").as_object(), "cgroup");
  if (in_user_mode_linux()) {
    EXPECT_EQ(groups, "v2");
  }
  EXPECT_EQ(text_of(result.at("isolation").as_object(), "not_enforced"), "[]");
}

TEST(Uml, ExitsAndSignalsAreTheProgramsOwn) {
  EXPECT_EQ(text_of(run_shell({}, "exit 7"), "exit_code"), "7");
  EXPECT_EQ(text_of(run_shell({}, "kill -SEGV $$"), "signal"), "SIGSEGV");
}

TEST(Uml, OutOfMemoryWhoeverIsKilled) {
  const char* eat = "head -c 60m /dev/zero | tail -c 60m > /dev/null";
  EXPECT_EQ(text_of(run_shell({"--memory", "16M"}, std::string("exec ") + eat), "outcome"), "oom");
  EXPECT_EQ(text_of(run_shell({"--memory", "16M"}, std::string(eat) + "; exit 0"), "outcome"),
            "oom");
}

TEST(Uml, ReadingALotIsNotOutOfMemory) {
  const auto result =
      run_shell({"--memory", "16M"},
                "find /usr/bin /usr/lib -type f -size +400k | head -n 40 | xargs cat "
                "> /dev/null");
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
}

TEST(Uml, EveryLimitSpeaks) {
  EXPECT_EQ(text_of(run_shell({"--run-timeout", "1s"}, "sleep 1000"), "outcome"), "timeout");
  EXPECT_EQ(text_of(run_shell({"--run-timeout", "2s"}, "kill -STOP -1; sleep 1000"), "outcome"),
            "timeout");
  const auto cpu = run_shell({"--cpu-time", "300ms"}, "while :; do :; done");
  EXPECT_EQ(text_of(cpu.at("exceeded").as_object(), "limit"), "cpu");
  const auto flood = run_shell({"--output", "1K"}, "while :; do echo flood; done");
  EXPECT_EQ(text_of(flood, "outcome"), "output_limit");
  const auto storm =
      run_shell({"--pids", "16"}, "for i in $(seq 40); do sleep 1000 & done; exit 0");
  EXPECT_EQ(text_of(storm, "outcome"), "pids_limit");
}

TEST(Uml, TheLeftAreListed) {
  const auto result = run_shell({}, "for i in 1 2 3; do sleep 1000 & done; exit 0");
  EXPECT_EQ(text_of(result, "outcome"), "leaked_processes");
  EXPECT_EQ(stage_of(result, "run").at("leaked_processes").as_array().size(), 3U);
}

TEST(Uml, GoCompilesAndRuns) {
  const auto hello = run_go({}, "hello.go");
  EXPECT_EQ(text_of(hello, "outcome"), "ok") << text_of(hello, "message");
  EXPECT_EQ(text_of(hello, "stdout"), "Hello from inside the sandbox.\n");
}

TEST(Uml, GoEndingsAreTold) {
  const auto deadlock = run_go({}, "deadlock.go");
  EXPECT_EQ(text_of(deadlock, "outcome"), "exited");
  EXPECT_EQ(text_of(deadlock, "exit_code"), "2");
  const auto oom = run_go({"--memory", "64M"}, "oom.go");
  EXPECT_EQ(text_of(oom, "outcome"), "oom") << text_of(oom, "message");
  const auto refused = run_go({}, "compile_error.go");
  EXPECT_EQ(text_of(refused, "outcome"), "compile_error");
  const auto late = run_go({"--run-timeout", "3s", "--grace", "30s"}, "timeout.go");
  EXPECT_EQ(text_of(late, "outcome"), "timeout");
  EXPECT_THAT(text_of(late, "stderr"), HasSubstr("SIGQUIT: quit"));
}

}  // namespace
}  // namespace gobox::tests
