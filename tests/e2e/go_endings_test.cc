// SPDX-License-Identifier: Apache-2.0

// Real Go programs that end badly, with every toolchain: the verdict, and what comes back with it.

#include <boost/json.hpp>
#include <iostream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/requirement.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

double number_of(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : -1;
}

class GoEndings : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  // Limits a busy machine stays under, unless `flags` say otherwise.
  json::object run_go(const std::string& source, const Words& flags = {}) {
    scratch_.write("main.go", "package main\n\n" + source);
    Words words = {"--toolchain", GetParam(), "--compile-timeout", "60s", "--run-timeout", "60s"};
    words.insert(words.end(), flags.begin(), flags.end());
    words.push_back(scratch_ / "main.go");
    return sandbox_run_json(words);
  }

  ScratchDirectory scratch_;
};

TEST_P(GoEndings, RefusalsNameFilesAsTheGoCommandDoes) {
  scratch_.write("main.go", "package main\n\nvar c chan [1 << 17]byte\n\nfunc main() {}\n");
  const CommandResult ran =
      sandbox_run({"--toolchain", GetParam(), "--compile-timeout", "60s", scratch_ / "main.go"});
  EXPECT_THAT(ran.err, ::testing::StartsWith("# command-line-arguments\n./main.go:3:"));
}

TEST_P(GoEndings, ADeadlockIsGosOwnExitAndNoTimeout) {
  const auto result = run_go("func main() { select {} }\n");
  EXPECT_EQ(text_of(result, "outcome"), "exited");
  EXPECT_EQ(text_of(result, "exit_code"), "2");
  EXPECT_THAT(text_of(result, "stderr"), HasSubstr("all goroutines are asleep - deadlock!"));
  EXPECT_LT(number_of(stage_of(result, "run"), "wall_ms"), 30'000);
}

TEST_P(GoEndings, ABusyLoopIsATimeoutThatShowsItsGoroutines) {
  const auto result = run_go(
      "func main() {\n\tprintln(\"before\")\n\tspin()\n}\n\nfunc spin() {\n\tfor {\n\t}\n}\n",
      {"--run-timeout", "500ms", "--grace", "5s"});
  EXPECT_EQ(text_of(result, "outcome"), "timeout");
  EXPECT_EQ(text_of(result, "stage"), "run");
  const std::string said = text_of(result, "stderr");
  EXPECT_THAT(said, ::testing::StartsWith("before\n"));
  EXPECT_THAT(said, HasSubstr("SIGQUIT: quit"));
  EXPECT_THAT(said, HasSubstr("main.spin"));
  const json::object& exceeded = result.at("exceeded").as_object();
  EXPECT_EQ(text_of(exceeded, "limit"), "wall");
  EXPECT_EQ(number_of(exceeded, "limit_ms"), 500);
}

TEST_P(GoEndings, WhoeverIgnoresTheWarningIsKilledAfterTheGrace) {
  const auto result = run_go(R"(import (
	"os/signal"
	"syscall"
	"time"
)

func main() {
	signal.Ignore(syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGINT)
	syscall.Kill(-1, syscall.SIGSTOP)
	time.Sleep(time.Hour)
}
)",
                             {"--run-timeout", "500ms"});
  EXPECT_EQ(text_of(result, "outcome"), "timeout");
  EXPECT_LT(number_of(stage_of(result, "run"), "wall_ms"), 15'000);
}

TEST_P(GoEndings, MoreThanThereCanBeIsGosOwnExitAndNotOom) {
  const auto result =
      run_go("var many = 1 << 40\n\nfunc main() { println(len(make([]byte, many))) }\n");
  EXPECT_EQ(text_of(result, "outcome"), "exited");
  EXPECT_EQ(text_of(result, "exit_code"), "2");
  EXPECT_THAT(text_of(result, "stderr"), HasSubstr("fatal error: runtime: out of memory"));
  EXPECT_EQ(number_of(stage_of(result, "run"), "oom_kills"), 0);
}

TEST_P(GoEndings, OutOfMemoryReturnsWhatWasPrinted) {
  const auto result = run_go(R"(import "fmt"

func main() {
	fmt.Println("said")
	var kept [][]byte
	for {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		kept = append(kept, block)
	}
}
)",
                             {"--memory", "64M"});
  EXPECT_EQ(text_of(result, "outcome"), "oom");
  EXPECT_EQ(text_of(result, "stage"), "run");
  EXPECT_EQ(text_of(result, "signal"), "SIGKILL");
  EXPECT_EQ(text_of(result, "stdout"), "said\n");
  const json::object& run = stage_of(result, "run");
  EXPECT_GE(number_of(run, "oom_kills"), 1);
  // What the kernel must not refuse itself (GFP_NOFAIL) may go beyond the limit by some pages.
  EXPECT_LE(number_of(run, "memory_peak_bytes"), (64 << 20) + (64 << 10));
}

TEST_P(GoEndings, AHundredChildrenAreListedAtOnce) {
  const auto result = run_go(R"(import "os/exec"

func main() {
	for i := 0; i < 100; i++ {
		if err := exec.Command("/bin/sleep", "1000").Start(); err != nil {
			panic(err)
		}
	}
}
)",
                             {"--pids", "256"});
  EXPECT_EQ(text_of(result, "outcome"), "leaked_processes");
  EXPECT_EQ(text_of(result, "exit_code"), "0");
  const json::object& run = stage_of(result, "run");
  const json::array& leaked = run.at("leaked_processes").as_array();
  EXPECT_EQ(leaked.size(), 100U);
  for (const json::value& each : leaked) {
    EXPECT_EQ(text_of(each.as_object(), "command"), "/bin/sleep 1000");
  }
  EXPECT_LT(number_of(run, "wall_ms"), 30'000);
}

INSTANTIATE_TEST_SUITE_P(Toolchains, GoEndings, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

TEST(Endings, ReadingALotIsNotOutOfMemory) {
  const auto result = sandbox_run_json(
      {"exec", "--memory", "24M", "--run-timeout", "60s", "--", "/bin/sh", "-c",
       "find /usr/bin /usr/lib -type f -size +400k | head -n 300 | xargs cat | wc -c"});
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  EXPECT_GT(std::atoll(text_of(result, "stdout").c_str()), 48 << 20) << "nothing to read here";
  EXPECT_EQ(number_of(stage_of(result, "run"), "oom_kills"), 0);
}

TEST(Endings, APeakIsTheRunsOwn) {
  const auto peak_of = [](const Words& command) {
    Words words = {"exec", "--memory", "256M", "--"};
    words.insert(words.end(), command.begin(), command.end());
    return number_of(stage_of(sandbox_run_json(words), "run"), "memory_peak_bytes");
  };
  // head keeps what it may have to repeat: 100 MB in one process.
  EXPECT_GT(
      peak_of({"/bin/sh", "-c", "head -c 100000000 /dev/zero | tail -c 100000000 > /dev/null"}),
      90e6);
  EXPECT_LT(peak_of({"/bin/true"}), 20e6);
}

TEST(Endings, ADaemonIsFoundAndEnded) {
  const auto result = sandbox_run_json({"exec", "--run-timeout", "60s", "--", "/bin/sh", "-c",
                                        "setsid -f sh -c 'exec sleep 1000 <&- >&- 2>&-'; exit 0"});
  EXPECT_EQ(text_of(result, "outcome"), "leaked_processes");
  EXPECT_EQ(stage_of(result, "run").at("leaked_processes").as_array().size(), 1U);
}

TEST(Endings, AChildThatHoldsTheOutputDoesNotDelayTheAnswer) {
  const auto result = sandbox_run_json({"exec", "--run-timeout", "1h", "--total-timeout", "1h",
                                        "--", "/bin/sh", "-c", "sleep 3000 & echo out; exit 0"});
  EXPECT_EQ(text_of(result, "outcome"), "leaked_processes");
  EXPECT_EQ(text_of(result, "stdout"), "out\n");
  EXPECT_LT(number_of(result, "total_ms"), 60'000);
}

TEST(Endings, WhatWasPrintedBeforeTheLimitIsReturned) {
  const auto result = sandbox_run_json({"exec", "--run-timeout", "300ms", "--", "/bin/sh", "-c",
                                        "echo out; echo err >&2; sleep 1000"});
  EXPECT_EQ(text_of(result, "outcome"), "timeout");
  EXPECT_EQ(text_of(result, "stdout"), "out\n");
  EXPECT_EQ(text_of(result, "stderr"), "err\n");
}

// The best of several: what the machine does beside must not count.
TEST(Endings, TheEndComesRightAfterTheLimit) {
  double best = 1e9;
  for (int i = 0; i < 10 && best > 20; ++i) {
    const auto result = sandbox_run_json({"exec", "--run-timeout", "200ms", "--grace", "0", "--",
                                          "/bin/sh", "-c", "while :; do :; done"});
    EXPECT_EQ(text_of(result, "outcome"), "timeout");
    best = std::min(best, number_of(stage_of(result, "run"), "wall_ms") - 200);
  }
  EXPECT_GE(best, 0);
  EXPECT_LE(best, 20);
}

// The best of several, CPU time and wall clock; an idle machine shows less than 15 ms more on the
// wall.
TEST(Overhead, ASandboxAroundTrueIsCheapAndTellsItsSetUpTime) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  double bare_wall = 1e9;
  double wall = 1e9;
  double cpu = 1e9;
  for (int i = 0; i < 30; ++i) {
    bare_wall = std::min(bare_wall, Milliseconds(run_command({"/bin/true"}).wall).count());
    const CommandResult ran = sandbox_run({"exec", "--", "/bin/true"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    wall = std::min(wall, Milliseconds(ran.wall).count());
    cpu = std::min(cpu, Milliseconds(ran.cpu).count());
  }
  std::cout << "exec -- /bin/true: " << wall - bare_wall << " ms more than the bare command, "
            << cpu << " ms of CPU\n";
  EXPECT_LT(cpu, kOwnTime * 40);
  EXPECT_LT(wall - bare_wall, kOwnTime * 40);
  const auto result = sandbox_run_json({"exec", "--", "/bin/true"});
  EXPECT_GT(number_of(stage_of(result, "run"), "setup_ms"), 0);
}

}  // namespace
}  // namespace gobox::tests
