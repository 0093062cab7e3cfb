// SPDX-License-Identifier: Apache-2.0

// exec: a program of the user's own, from wherever it lies, with as much of the host as was asked
// for; and the user's signals, passed on.

#include <signal.h>
#include <sys/stat.h>

#include <boost/json.hpp>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CommandOptions in(const ScratchDirectory& directory) {
  CommandOptions options;
  options.directory = directory.path();
  return options;
}

CommandOptions with(std::vector<std::string> environment) {
  CommandOptions options;
  options.environment = std::move(environment);
  return options;
}

class OwnProgram : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::chmod(project_.path().c_str(), 0755), 0); }

  CommandResult in_project(const Words& words) { return sandbox_run(words, in(project_)); }

  const ScratchDirectory project_;
};

TEST_F(OwnProgram, RunsByARelativePathWithNothingElseOfItsDirectory) {
  project_.write("bin/hello", "#!/bin/sh\necho own $1\nls ../secret bin 2>/dev/null\nexit 0\n",
                 0755);
  project_.write("secret", "not shown");
  const CommandResult ran = in_project({"exec", "--", "./bin/hello", "x"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "own x\n");
  EXPECT_EQ(in_project({"exec", "--", project_ / "bin/hello"}).out, "own\n");
}

TEST_F(OwnProgram, RunsThoughOnlyItsOwnerMayReadIt) {
  project_.write("hello", "#!/bin/sh\necho own\n", 0700);
  const CommandResult ran = in_project({"exec", "--", "./hello"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "own\n");
}

TEST_F(OwnProgram, IsFoundOnThePathAsAShellWould) {
  project_.write("gobox-own-hello", "#!/bin/sh\necho own\n", 0755);
  const char* const path = std::getenv("PATH");
  const CommandResult ran =
      sandbox_run({"exec", "--", "gobox-own-hello"},
                  with({"PATH=" + project_.path().string() + ":" + (path != nullptr ? path : "")}));
  EXPECT_EQ(ran.out, "own\n") << ran.err;
}

TEST_F(OwnProgram, MissingIs127AndWhatCannotBeExecuted126) {
  project_.write("plain", "no program\n", 0644);
  EXPECT_EQ(in_project({"exec", "--", "./missing"}).status, 127);
  EXPECT_EQ(in_project({"exec", "--", project_ / "missing"}).status, 127);
  EXPECT_EQ(in_project({"exec", "--", "gobox-no-such-command"}).status, 127);
  EXPECT_EQ(in_project({"exec", "--", "./plain"}).status, 126);
  EXPECT_EQ(in_project({"exec", "--here", "--", "./plain"}).status, 126);
  EXPECT_EQ(in_project({"exec", "--copy", "--", "./plain"}).status, 126);
  EXPECT_EQ(in_project({"exec", "--", "/usr/bin"}).status, 126);
  EXPECT_EQ(in_project({"exec", "--", project_.path()}).status, 126);
}

TEST_F(OwnProgram, HereShowsTheDirectoryReadOnlyUnderItsOwnName) {
  project_.write("run.sh",
                 "#!/bin/sh\npwd\ncat data/x\n(echo no > data/x) 2>/dev/null || echo kept\n", 0755);
  project_.write("data/x", "shown\n");
  const CommandResult ran = in_project({"exec", "--here", "--", "./run.sh"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, project_.path().string() + "\nshown\nkept\n");
  EXPECT_EQ(*read_file(project_ / "data/x"), "shown\n");
}

TEST_F(OwnProgram, HereSaysThatOthersMayNotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root's programs are another user";
  ASSERT_EQ(::chmod(project_.path().c_str(), 0700), 0);
  const CommandResult ran = in_project({"exec", "--here", "--", "/bin/true"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("--copy"));
}

TEST_F(OwnProgram, CopiesMayBeWrittenAndTheOriginalsStay) {
  project_.write("run.sh", "#!/bin/sh\npwd\necho new > data/x\ncat data/x\n", 0755);
  project_.write("data/x", "old\n");
  const CommandResult ran = in_project({"exec", "--copy", "--", "./run.sh"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "/work\nnew\n");
  EXPECT_EQ(*read_file(project_ / "data/x"), "old\n");
}

TEST_F(OwnProgram, BindsShowMoreWhereTheyAreToldTo) {
  project_.write("a/x", "from a\n");
  project_.write("b", "from b\n");
  const auto result = sandbox_run_json(
      {"exec", "--bind", project_ / "a:/data/in", "--bind", project_ / "b:/work/etc/b", "--",
       "/bin/sh", "-c", "cat /data/in/x etc/b; (echo no > etc/b) 2>/dev/null || echo kept"});
  EXPECT_EQ(text_of(result, "stdout"), "from a\nfrom b\nkept\n");
  const auto& leftover = stage_of(result, "run").at("leftover_files").as_object();
  EXPECT_EQ(leftover.at("count").to_number<int>(), 0) << "what is shown is not left by the program";
  EXPECT_EQ(in_project({"exec", "--bind", "a", "--", "cat", project_ / "a/x"}).out, "from a\n");
}

TEST_F(OwnProgram, WhatCannotBeShownIsRefusedByName) {
  for (const char* bind : {"/proc:/data", "/:/data", "/run:/data", "/usr/share:/proc/x",
                           "/usr/share:/usr/bin", "/usr/share:/tmp", "/usr/share:/", "/usr/share:x",
                           "/no/such/place", "/usr/share:/etc/passwd", "/usr/share:/etc"}) {
    SCOPED_TRACE(bind);
    const CommandResult ran = sandbox_run({"exec", "--bind", bind, "--", "/bin/true"});
    EXPECT_EQ(ran.status, 2) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("--bind"));
  }
  const CommandResult nowhere = sandbox_run({"exec", "--workdir", "/no/such", "--", "/bin/true"});
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("/no/such"));
}

TEST_F(OwnProgram, StartsWhereItIsToldTo) {
  project_.write("sub/run.sh", "#!/bin/sh\npwd\n", 0755);
  EXPECT_EQ(in_project({"exec", "--workdir", "/usr/bin", "--", "/bin/pwd"}).out, "/usr/bin\n");
  EXPECT_EQ(in_project({"exec", "--here", "--workdir", "sub", "--", "sub/run.sh"}).out,
            project_ / "sub" + "\n");
  EXPECT_EQ(in_project({"exec", "--copy", "--workdir", "sub", "--", "sub/run.sh"}).out,
            "/work/sub\n");
}

TEST_F(OwnProgram, AGoProgramBuiltElsewhereFindsItselfAndItsFiles) {
  project_.write("main.go",
                 "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n"
                 "\tself, _ := os.Executable()\n\tdata, err := os.ReadFile(\"data\")\n"
                 "\tfmt.Print(self, \" \", string(data), err)\n}\n");
  project_.write("data", "here");
  const std::string go = (test_toolchains().front() / "bin/go").string();
  const CommandResult built =
      run_command({go, "build", "-o", project_ / "service", project_ / "main.go"},
                  with({"GOFLAGS=", "GOTOOLCHAIN=local", "CGO_ENABLED=0"}));
  ASSERT_EQ(built.status, 0) << built.err;
  const CommandResult ran = in_project({"exec", "--here", "--", "./service"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, project_ / "service" + " here<nil>");
}

constexpr const char* kLeaky = R"go(package main

import "time"

var kept = map[int][]byte{}

func main() {
	time.Sleep(50 * time.Millisecond)
	for i := 0; ; i++ {
		kept[i] = make([]byte, 32<<10)
		for at := 0; at < 32<<10; at += 4096 {
			kept[i][at] = 1
		}
		if i%20 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
)go";

class BuiltElsewhere : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(BuiltElsewhere, WhatFilledItsMemoryIsNamedFromItsOwnTables) {
  const ScratchDirectory project;
  ASSERT_EQ(::chmod(project.path().c_str(), 0755), 0);
  project.write("leaky.go", kLeaky);
  const std::string go = (GetParam() / "bin/go").string();
  const CommandResult built =
      run_command({go, "build", "-o", project / "leaky", project / "leaky.go"},
                  with({"GOFLAGS=", "GOTOOLCHAIN=local", "CGO_ENABLED=0"}));
  ASSERT_EQ(built.status, 0) << built.err;
  const auto result = sandbox_run_json({"exec", "--memory", "64M", "--", "./leaky"}, in(project));
  EXPECT_EQ(text_of(result, "outcome"), "oom");
  const std::string first = std::string(result.at("hints").as_array().front().as_string());
  EXPECT_THAT(first, HasSubstr("leaky.go:10")) << boost::json::serialize(result.at("hints"));
}

TEST_P(BuiltElsewhere, SoIsWhatFillsATestsMemory) {
  const ScratchDirectory project;
  project.write("go.mod", "module example.com/leak\n\ngo 1.19\n");
  project.write("leak_test.go", R"go(package leak

import (
	"testing"
	"time"
)

var kept = map[int][]byte{}

func TestKeeps(t *testing.T) {
	for i := 0; ; i++ {
		kept[i] = make([]byte, 32<<10)
		for at := 0; at < 32<<10; at += 4096 {
			kept[i][at] = 1
		}
		if i%20 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
)go");
  const auto result = sandbox_run_json({"test", "--toolchain", GetParam(), "--memory", "64M",
                                        "--compile-timeout", "60s", project.path()});
  EXPECT_EQ(text_of(result, "outcome"), "oom");
  const std::string hints = boost::json::serialize(result.at("hints"));
  EXPECT_THAT(hints, HasSubstr("leak_test.go:12"));
}

INSTANTIATE_TEST_SUITE_P(Toolchains, BuiltElsewhere, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

Words trapping(const std::string& trap) {
  return {"exec",
          "--run-timeout",
          "1h",
          "--grace",
          "20s",
          "--",
          "/bin/sh",
          "-c",
          "trap " + trap + "; echo begun; while :; do sleep 0.01; done"};
}

class PassedOn : public ::testing::TestWithParam<int> {};

TEST_P(PassedOn, ASignalLetsTheProgramFinish) {
  ChildProcess run = start_sandbox_run(trapping("'echo finished; exit 7' INT TERM"));
  ASSERT_TRUE(run.wait_for_output("begun\n"));
  run.signal(GetParam());
  const CommandResult ended = run.wait();
  EXPECT_THAT(ended.out, HasSubstr("finished\n"));
  EXPECT_EQ(ended.status, 7) << "it ended by itself";
  EXPECT_EQ(outcome_in_summary(ended), "canceled") << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("exited with status 7"));
}

INSTANTIATE_TEST_SUITE_P(Signals, PassedOn, ::testing::Values(SIGINT, SIGTERM),
                         [](const auto& param) { return std::to_string(param.param); });

TEST(PassedOn, WhoDoesNotEndIsKilledWhenTheGraceIsOver) {
  Words words = trapping("'' TERM");
  words[4] = "100ms";
  ChildProcess run = start_sandbox_run(words);
  ASSERT_TRUE(run.wait_for_output("begun\n"));
  run.signal(SIGTERM);
  const CommandResult ended = run.wait();
  EXPECT_EQ(ended.status, 128 + SIGTERM);
  EXPECT_THAT(ended.err, HasSubstr("killed after the grace of 100 ms"));
}

TEST(PassedOn, AskedTwiceItIsKilledAtOnce) {
  ChildProcess run = start_sandbox_run(trapping("'echo asked' INT"));
  ASSERT_TRUE(run.wait_for_output("begun\n"));
  run.signal(SIGINT);
  ASSERT_TRUE(run.wait_for_output("asked\n"));
  run.signal(SIGINT);
  const CommandResult ended = run.wait();
  EXPECT_EQ(ended.status, 128 + SIGINT);
  EXPECT_LT(ended.wall, std::chrono::seconds(19)) << "the grace of 20 s was not waited for";
}

}  // namespace
}  // namespace gobox::tests
