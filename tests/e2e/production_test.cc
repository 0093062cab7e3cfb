// SPDX-License-Identifier: Apache-2.0

// --like and --memory-high: a program lives as it does where it is deployed.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Words kLook = {"--", "/bin/sh", "-c",
                     "env; cd /sys/fs/cgroup; cat memory.max cpu.max memory/memory.limit_in_bytes "
                     "cpu*/cpu.cfs_quota_us 2>/dev/null; exit 0"};

Words like(const std::string& place) {
  Words words{"exec", "--like", place};
  words.insert(words.end(), kLook.begin(), kLook.end());
  return words;
}

class LikeProduction : public ::testing::TestWithParam<const char*> {};

TEST_P(LikeProduction, LimitsAreInTheGroupsFilesAndNoVariableIsOurs) {
  const CommandResult ran = sandbox_run(like(GetParam()));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("67108864\n"));
  EXPECT_THAT(ran.out, HasSubstr("50000"));
  EXPECT_THAT(ran.out, Not(HasSubstr("GOMEMLIMIT")));
  EXPECT_THAT(ran.out, Not(HasSubstr("GOMAXPROCS")));
}

INSTANTIATE_TEST_SUITE_P(Places, LikeProduction,
                         ::testing::Values("kubernetes:memory=64Mi,cpu=500m",
                                           "docker:memory=64m,cpus=0.5",
                                           "systemd:MemoryMax=64M,CPUQuota=50%"),
                         [](const auto& param) {
                           const std::string text = param.param;
                           return text.substr(0, text.find(':'));
                         });

TEST(LikeProduction, WithoutItTheGroupsFilesStayHidden) {
  const CommandResult ran = sandbox_run({"exec", "--", "/bin/sh", "-c", "env; ls /sys/fs/cgroup"});
  EXPECT_THAT(ran.out, HasSubstr("GOMEMLIMIT="));
  EXPECT_NE(ran.status, 0);
}

TEST(LikeProduction, AFlagOfItsOwnStands) {
  const CommandResult ran =
      sandbox_run({"exec", "--like", "kubernetes:memory=64Mi", "--memory", "32M", "--gomemlimit",
                   "16M", "--", "/bin/sh", "-c", "env"});
  EXPECT_THAT(ran.out, HasSubstr("GOMEMLIMIT=16777216\n"));
  EXPECT_THAT(ran.err, HasSubstr("of 32 MiB"));
}

TEST(LikeProduction, WhatIsNoPlaceIsRefused) {
  for (const char* place : {"mesos", "kubernetes:memory", "kubernetes:memory=much",
                            "kubernetes:disk=1Gi", "kubernetes:cpu=0", "kubernetes:memory=1Ki",
                            "docker:cpu=-1", "kubernetes:", ":memory=64Mi"}) {
    SCOPED_TRACE(place);
    const CommandResult ran = sandbox_run(like(place));
    EXPECT_EQ(ran.status, 2) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("--like"));
  }
}

class LikeProductionIn : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(LikeProductionIn, GoSetsItsOwnLimits) {
  const ScratchDirectory scratch;
  scratch.write("main.go", R"go(package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	stack := debug.SetMaxStack(1 << 20)
	_, ours := os.LookupEnv("GOMEMLIMIT")
	fmt.Println(ours, debug.SetMemoryLimit(-1) > 1<<60, stack, runtime.GOMAXPROCS(0) >= 1)
}
)go");
  const CommandResult ran = sandbox_run({"--toolchain", GetParam(), "--like",
                                         "kubernetes:memory=64Mi,cpu=500m", scratch / "main.go"});
  EXPECT_EQ(ran.out, "false true 1000000000 true\n") << ran.err;
}

INSTANTIATE_TEST_SUITE_P(Toolchains, LikeProductionIn, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

// A cache that GOMEMLIMIT keeps small, and that would not stay so without.
TEST(OurSettings, AMemoryLimitThatChangedTheRunIsNamed) {
  const ScratchDirectory scratch;
  scratch.write("main.go", R"go(package main

var kept [][]byte
var garbage []byte

func main() {
	for i := 0; i < 44; i++ {
		kept = append(kept, make([]byte, 1<<20))
		for at := 0; at < 1<<20; at += 4096 {
			kept[i][at] = 1
		}
	}
	for i := 0; i < 20000; i++ {
		garbage = make([]byte, 64<<10)
	}
	println(len(kept), len(garbage))
}
)go");
  const CommandResult limited = sandbox_run({"--memory", "64M", scratch / "main.go"});
  EXPECT_EQ(limited.status, 0) << limited.err;
  EXPECT_THAT(limited.err, HasSubstr("GOMEMLIMIT, which the sandbox set"));
  const CommandResult roomy = sandbox_run({"--memory", "512M", scratch / "main.go"});
  EXPECT_EQ(roomy.status, 0) << roomy.err;
  EXPECT_THAT(roomy.err, Not(HasSubstr("GOMEMLIMIT")));
}

TEST(MemoryHigh, IsInForceOnV2AndRefusedWithTheReasonOnV1) {
  const auto plain = sandbox_run_json({"exec", "--", "/bin/true"});
  const bool v2 = text_of(plain.at("isolation").as_object(), "cgroup") == "v2";
  const CommandResult ran =
      sandbox_run({"exec", "--memory-high", "32M", "--like", "kubernetes", "--", "cat",
                   v2 ? "/sys/fs/cgroup/memory.high" : "/dev/null"});
  if (v2) {
    EXPECT_EQ(ran.out, "33554432\n") << ran.err;
    return;
  }
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("needs cgroup v2"));
}

}  // namespace
}  // namespace gobox::tests
