// SPDX-License-Identifier: Apache-2.0

// A flag's impossible value is refused with one sentence that names the flag, and nothing is run.

#include <algorithm>
#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void expect_refusal(const Words& words, const std::string& flag) {
  const CommandResult ran = sandbox_run(words);
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr(flag));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_GT(ran.err.size(), std::string("sandbox-run: \n").size() + flag.size());
}

class ImpossibleValues : public ::testing::TestWithParam<const char*> {};

TEST_P(ImpossibleValues, AreRefusedByName) {
  const std::string flag = GetParam();
  for (const char* value : {"0", "-1", "NaN", "inf", "1e400", "5parsecs", "99999999999999999999",
                            "", " ", "1 2", "0x10", "nothing"}) {
    SCOPED_TRACE(flag + "=" + value);
    expect_refusal({flag + "=" + value, source_path("examples/hello.go")}, flag);
  }
}

INSTANTIATE_TEST_SUITE_P(Flags, ImpossibleValues,
                         ::testing::Values("--memory", "--compile-memory", "--run-timeout",
                                           "--compile-timeout", "--total-timeout", "--cpu-time",
                                           "--compile-cpu-time", "--cpus", "--pids", "--disk",
                                           "--output"));

TEST(Flags, GraceAloneMayBeNothing) {
  for (const char* value : {"-1", "NaN", "1e400", "5parsecs", "-0"}) {
    SCOPED_TRACE(value);
    expect_refusal({std::string("--grace=") + value, source_path("examples/hello.go")}, "--grace");
  }
  EXPECT_EQ(sandbox_run({"exec", "--grace", "0", "--", "/bin/true"}).status, 0);
}

TEST(Flags, ValuesOfOtherKindsAreRefusedByName) {
  const std::string hello = source_path("examples/hello.go");
  expect_refusal({"-p", "0", hello}, "-p");
  expect_refusal({"-p", "many", hello}, "-p");
  expect_refusal({"--gogc", "0", hello}, "--gogc");
  expect_refusal({"--gogc", "-1", hello}, "--gogc");
  expect_refusal({"--gomemlimit", "0", hello}, "--gomemlimit");
  expect_refusal({"--gomemlimit", "lots", hello}, "--gomemlimit");
  expect_refusal({"--network", "host", hello}, "--network");
  expect_refusal({"--env", "NOVALUE", hello}, "--env");
  expect_refusal({"--env", "=x", hello}, "--env");
  expect_refusal({"--stdin", "/no/such/file", hello}, "--stdin");
  expect_refusal({"--keep", "/no/such/place/here", hello}, "--keep");
  expect_refusal({"--no-such-flag", hello}, "--no-such-flag");
  expect_refusal({"--json", "--events", hello}, "--json");
  expect_refusal({"--policy", "no-such-policy", hello}, "no-such-policy");
  expect_refusal({"--toolchain", "go9.99", hello}, "go9.99");
}

TEST(Flags, MoreThanTheHostCanHaveIsNoLimit) {
  expect_refusal({"--memory=999999G", source_path("examples/hello.go")}, "--memory");
  expect_refusal({"--run-timeout=99999h", source_path("examples/hello.go")}, "--run-timeout");
}

TEST(Flags, HelpAndVersionAreAnswers) {
  for (const Words& words :
       std::vector<Words>{{"--help"}, {"exec", "--help"}, {"test", "--help"}}) {
    const CommandResult help = sandbox_run(words);
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, HasSubstr("--memory"));
    EXPECT_EQ(help.err, "");
  }
  for (const char* verb : {"exec", "test", "why", "sweep", "compare", "bench-endpoint", "check",
                           "warm", "cache", "policy"}) {
    for (const Words& words : {Words{verb, "--help"}, Words{"help", verb}}) {
      const CommandResult help = sandbox_run(words);
      EXPECT_EQ(help.status, 0) << verb;
      EXPECT_THAT(help.out, HasSubstr(verb));
      EXPECT_EQ(help.err, "") << verb;
    }
  }
  const CommandResult version = sandbox_run({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.out, HasSubstr("go1."));
  EXPECT_THAT(version.out, ::testing::StartsWith("sandbox-run "));
  EXPECT_EQ(sandbox_run({}).status, 2);
}

TEST(Manners, AMisspeltWordIsAnsweredWithTheNearest) {
  const auto said = [](const Words& words) {
    const CommandResult result = sandbox_run(words);
    EXPECT_EQ(result.status, 2) << result.err;
    return result.err;
  };
  EXPECT_THAT(said({"--memry", "64M", "x.go"}), HasSubstr("did you mean --memory?"));
  EXPECT_THAT(said({"test", "--junti", "x", "."}), HasSubstr("did you mean --junit?"));
  EXPECT_THAT(said({"tset"}), HasSubstr("did you mean test?"));
  EXPECT_THAT(said({"--nothing-like-it", "x.go"}), HasSubstr("--help"));
  const ScratchDirectory scratch;
  scratch.write("ok.go", "package main\n\nfunc main() {}\n");
  EXPECT_THAT(said({scratch / "ok.go", "arg1"}), HasSubstr("ok.go -- arg1"));
}

TEST(Manners, WhatIsKeptIsShownAndTrimmed) {
  const ScratchDirectory scratch;
  scratch.write("go1.2.3-plain-0-v1/file", std::string(5000, 'x'));
  scratch.write("tests/caller/file", std::string(3000, 'x'));
  CommandOptions options;
  options.environment = {"GOBOX_CACHE_DIR=" + (scratch / "")};
  const CommandResult shown = sandbox_run({"cache"}, options);
  EXPECT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("go1.2.3-plain"), HasSubstr("not used any more"),
                               HasSubstr("compiled tests"), HasSubstr("in all")));
  EXPECT_EQ(sandbox_run({"cache", "trim"}, options).status, 0);
  EXPECT_FALSE(std::filesystem::exists(scratch / "go1.2.3-plain-0-v1"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "tests/caller/file")) << "it is in use";
  EXPECT_EQ(sandbox_run({"cache", "clean"}, options).status, 0);
  EXPECT_FALSE(std::filesystem::exists(scratch / "tests"));
  EXPECT_EQ(sandbox_run({"cache", "everything"}, options).status, 2);
}

}  // namespace
}  // namespace gobox::tests
