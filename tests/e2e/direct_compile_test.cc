// SPDX-License-Identifier: Apache-2.0

// Compiling without the go command gives what the go command gives, with each toolchain: the same
// verdict, messages and behaviour.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/compile_lab.h"
#include "tests/support/requirement.h"
#include "tests/support/toolchains.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;

class DirectCompile : public ::testing::TestWithParam<std::filesystem::path> {
 public:
  static void TearDownTestSuite() { end_compile_lab(); }

 protected:
  runner::JobResult run(const runner::Workspace& workspace, Way way, bool race = false) {
    return run_job(make_job(
        {.workspace = workspace, .toolchain = GetParam().string(), .way = way, .race = race}));
  }

  // Runs both ways, demands equality, and returns what is seen.
  std::string compare(const runner::Workspace& workspace) {
    const runner::JobResult direct = run(workspace, Way::kDirect);
    EXPECT_TRUE(was_direct(direct));
    std::string seen = visible(direct);
    EXPECT_EQ(seen, visible(run(workspace, Way::kGoBuild)));
    return seen;
  }

  // Runs the way jobs do, demands that the go command was used, and returns what is seen.
  std::string falls_back(const runner::Workspace& workspace) {
    const runner::JobResult result = run(workspace, Way::kDirect);
    EXPECT_FALSE(was_direct(result));
    return visible(result);
  }

  std::string version() const {
    const auto toolchain = runner::inspect_toolchain(GetParam());
    return toolchain ? toolchain->language_version() : "";
  }

  std::string go_mod(const std::string& more = "") const {
    return "module example.org/shop\n\ngo " + version() + "\n" + more;
  }
};

INSTANTIATE_TEST_SUITE_P(Toolchains, DirectCompile, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& parameter) { return test_name_of(parameter.param); });

TEST_P(DirectCompile, RunsAProgram) {
  EXPECT_THAT(
      compare(one_file("package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(6 * 7) }\n")),
      HasSubstr("-- stdout\n42\n"));
}

TEST_P(DirectCompile, TellsTypeErrorsInTheSameWords) {
  const std::string seen = compare(one_file(R"(package main

import (
	"fmt"
	"os"
)

func main() {
	var x int = "a"
	y := undefined(1)
	return 3
}
)"));
  EXPECT_THAT(seen, HasSubstr("stage compile: compile_error, exit code "));
  EXPECT_THAT(seen, HasSubstr("-- stderr\n# command-line-arguments\n./main.go:"));
}

TEST_P(DirectCompile, TellsSyntaxErrorsInTheSameWords) {
  EXPECT_THAT(
      compare(one_file("package main\n\nfunc main() {\n\tx := := 3\n\tfor {\n\t}\n\tif\n}\n")),
      HasSubstr("syntax error"));
}

TEST_P(DirectCompile, StopsAfterTenErrors) {
  std::string source = "package main\n\nfunc main() {\n";
  for (int i = 0; i < 20; ++i) source += "\tundefined" + std::to_string(i) + "()\n";
  EXPECT_THAT(compare(one_file(source + "}\n")), HasSubstr("too many errors"));
}

TEST_P(DirectCompile, TellsThatMainIsMissing) {
  EXPECT_THAT(compare(one_file("package main\n\nfunc helper() {}\n")),
              HasSubstr("function main is undeclared in the main package"));
}

TEST_P(DirectCompile, TellsThatABodyIsMissing) {
  EXPECT_THAT(compare(one_file("package main\n\nfunc f()\n\nfunc main() { f() }\n")),
              HasSubstr("missing function body"));
}

TEST_P(DirectCompile, KeepsLinesAndPathsInTraces) {
  const std::string seen =
      compare(one_file("package main\n\nfunc main() {\n\tvar list []int\n\tlist[3] = 1\n}\n"));
  EXPECT_THAT(seen, HasSubstr("index out of range [3] with length 0"));
  EXPECT_THAT(seen, HasSubstr("\t/work/main.go:5 "));
}

TEST_P(DirectCompile, ShowsTheSameBuildInformation) {
  const std::string source = R"(package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	info, ok := debug.ReadBuildInfo()
	fmt.Println(ok, info, runtime.GOROOT(), runtime.Version())
	_, file, line, _ := runtime.Caller(0)
	fmt.Println(file, line, os.Args[1:])
	own, err := buildinfo.ReadFile("/proc/self/exe")
	fmt.Println(own, err)
}
)";
  EXPECT_THAT(compare(one_file(source)), HasSubstr("command-line-arguments"));
  EXPECT_THAT(compare(directory_of({{"main.go", source}, {"go.mod", go_mod()}})),
              HasSubstr("mod\texample.org/shop\t(devel)"));
}

TEST_P(DirectCompile, TakesTheFilesOfADirectoryThatTheGoCommandWould) {
  const std::string seen = compare(
      directory_of({{"b.go", "package main\n\nfunc init() { println(\"b\") }\n"},
                    {"a.go", "package main\n\nfunc init() { println(\"a\") }\n"},
                    {"main.go", "package main\n\nfunc main() {}\n"},
                    {"x_windows.go", "package main\n\nfunc init() { println(\"windows\") }\n"},
                    {"x_linux.go", "package main\n\nfunc init() { println(\"linux\") }\n"},
                    {"tool.go", "//go:build ignore\n\npackage other\n"},
                    {"unix.go",
                     "//go:build linux && !cgo && go1.18\n\npackage main\n\n"
                     "func init() { println(\"unix\") }\n"},
                    {"notes.txt", "not Go"},
                    {"lib/lib.go", "package lib\n\nsyntax error\n"},
                    {"go.mod", go_mod()}}));
  EXPECT_THAT(seen, HasSubstr("-- stderr\na\nb\nunix\nlinux\n"));
}

TEST_P(DirectCompile, NamesFilesBelowTheModuleAsTheGoCommandDoes) {
  const std::string seen = compare(directory_of(
      {{"cmd/shop/main.go", "package main\n\nfunc main() { var x int }\n"}, {"go.mod", go_mod()}}));
  EXPECT_THAT(seen, HasSubstr("# example.org/shop/cmd/shop\ncmd/shop/main.go:3:"));
}

TEST_P(DirectCompile, FallsBackForAnUnknownImport) {
  EXPECT_THAT(falls_back(one_file("package main\n\nimport \"no/such\"\n\nfunc main() {}\n")),
              HasSubstr("package no/such is not in"));
}

TEST_P(DirectCompile, FallsBackWhereTheGoCommandReadsTheHeadItself) {
  EXPECT_THAT(falls_back(one_file("package main\n\nimport fmt\n\nfunc main() {}\n")),
              HasSubstr("compile_error"));
}

TEST_P(DirectCompile, FallsBackForAnotherLanguageVersion) {
  EXPECT_THAT(falls_back(directory_of({{"main.go", "package main\n\nfunc main() { println(1) }\n"},
                                       {"go.mod", "module example.org/shop\n\ngo 1.17\n"}})),
              HasSubstr("outcome ok"));
}

TEST_P(DirectCompile, FallsBackForPackagesOfTheModule) {
  EXPECT_THAT(falls_back(directory_of(
                  {{"main.go",
                    "package main\n\nimport \"example.org/shop/lib\"\n\nfunc main() { lib.F() }\n"},
                   {"lib/lib.go", "package lib\n\nfunc F() { println(\"lib\") }\n"},
                   {"go.mod", go_mod()}})),
              HasSubstr("outcome ok"));
}

TEST_P(DirectCompile, FindsRaces) {
  const std::string source = R"(package main

func main() {
	x := 0
	done := make(chan bool)
	go func() { x++; done <- true }()
	x++
	<-done
	println(x > 0)
}
)";
  const auto toolchain = runner::inspect_toolchain(GetParam());
  GOBOX_REQUIRE(toolchain && toolchain->has_race_runtime,
                "the race detector of " + GetParam().string());
  const runner::JobResult direct = run(one_file(source), Way::kDirect, true);
  EXPECT_TRUE(was_direct(direct));
  EXPECT_EQ(direct.outcome, runner::Outcome::kRaceDetected) << visible(direct);
  EXPECT_EQ(run(one_file(source), Way::kGoBuild, true).outcome, runner::Outcome::kRaceDetected);
}

// Its clock starts at the playground's beginning of time, and sleeping takes no time.
TEST_P(DirectCompile, KeepsTheFakeClock) {
  const runner::Workspace workspace = one_file(R"(package main

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println(time.Now().UTC())
	time.Sleep(time.Hour)
	fmt.Println(time.Now().UTC())
}
)");
  const auto run_faked = [&](Way way) {
    return run_job(make_job(
        {.workspace = workspace, .toolchain = GetParam().string(), .way = way, .fake_time = true}));
  };
  const runner::JobResult direct = run_faked(Way::kDirect);
  EXPECT_TRUE(was_direct(direct));
  EXPECT_THAT(visible(direct), HasSubstr("2009-11-11 00:00:00"));
  EXPECT_EQ(visible(direct), visible(run_faked(Way::kGoBuild)));
}

// The race detector's flags and archives, in messages too.
TEST_P(DirectCompile, TellsErrorsWithTheRaceDetectorInTheSameWords) {
  const auto toolchain = runner::inspect_toolchain(GetParam());
  GOBOX_REQUIRE(toolchain && toolchain->has_race_runtime,
                "the race detector of " + GetParam().string());
  const runner::Workspace workspace =
      directory_of({{"main.go", "package main\n\nfunc main() { x }\n"}, {"go.mod", go_mod()}});
  const runner::JobResult direct = run(workspace, Way::kDirect, true);
  EXPECT_TRUE(was_direct(direct));
  EXPECT_EQ(visible(direct), visible(run(workspace, Way::kGoBuild, true)));
}

TEST_P(DirectCompile, ReportsACompilerOutOfMemoryAsSuch) {
  // Doubled 26 times, a constant of 16 bytes takes a GiB.
  std::string source = "package main\n\nconst c0 = \"0123456789abcdef\"\n";
  for (int i = 0; i < 26; ++i) {
    source += "const c" + std::to_string(i + 1) + " = c" + std::to_string(i) + " + c" +
              std::to_string(i) + "\n";
  }
  source += "\nfunc main() { println(len(c26)) }\n";
  for (const Way way : {Way::kDirect, Way::kGoBuild}) {
    runner::Job job =
        make_job({.workspace = one_file(source), .toolchain = GetParam().string(), .way = way});
    job.policy.compile.limits.memory_bytes = std::uint64_t{192} << 20;
    const runner::JobResult result = run_job(std::move(job));
    EXPECT_EQ(result.outcome, runner::Outcome::kOom) << visible(result);
    EXPECT_EQ(result.stage, runner::StageKind::kCompile);
  }
}

TEST_P(DirectCompile, OutputComesLiveBehindTheBanner) {
  std::string live;
  runner::Job job = make_job({.workspace = one_file("package main\n\nfunc main() { x }\n"),
                              .toolchain = GetParam().string()});
  job.observer.on_output = [&](runner::StageKind, bool is_stderr, std::string_view bytes) {
    EXPECT_TRUE(is_stderr);
    live += bytes;
  };
  const runner::JobResult result = run_job(std::move(job));
  EXPECT_THAT(live, HasSubstr("# command-line-arguments\n./main.go:3:15: "));
  EXPECT_EQ(live, result.stages.front().ending.text(true));
}

TEST_P(DirectCompile, SameSourceAgainComesOutOfTheCache) {
  const auto cache = std::make_shared<runner::CompileCache>(runner::CompileCacheLimits{});
  compile_runner().use_compile_cache(cache);
  const auto once = [&](const std::string& scope, const char* text) {
    runner::Job job =
        make_job({.workspace = one_file(std::string("package main\n\nfunc main() { println(\"") +
                                        text + "\") }\n"),
                  .toolchain = GetParam().string()});
    job.cache_scope = scope;
    return run_job(std::move(job));
  };
  const runner::JobResult first = once("alice", "one");
  const runner::JobResult again = once("alice", "one");
  const runner::JobResult other_source = once("alice", "two");
  const runner::JobResult other_scope = once("bob", "one");
  const runner::JobResult no_scope = once("", "one");
  compile_runner().use_compile_cache(nullptr);

  EXPECT_FALSE(first.compile_cached);
  EXPECT_TRUE(again.compile_cached);
  EXPECT_EQ(visible(first), visible(again));
  EXPECT_THAT(visible(again), HasSubstr("-- stderr\none\n"));
  EXPECT_EQ(again.stages.front().ending.wall.count(), 0);
  EXPECT_FALSE(other_source.compile_cached);
  EXPECT_FALSE(other_scope.compile_cached);
  EXPECT_FALSE(no_scope.compile_cached);
  EXPECT_EQ(cache->counters().entries, 3U);
}

TEST_P(DirectCompile, ARefusalIsKeptButNoVerdictOfALimit) {
  const auto cache = std::make_shared<runner::CompileCache>(runner::CompileCacheLimits{});
  compile_runner().use_compile_cache(cache);
  const auto once = [&](std::chrono::milliseconds wall) {
    runner::Job job = make_job({.workspace = one_file("package main\n\nfunc main() { x }\n"),
                                .toolchain = GetParam().string()});
    job.cache_scope = "alice";
    job.policy.compile.limits.wall = wall;
    return run_job(std::move(job));
  };
  const runner::JobResult slow = once(std::chrono::milliseconds(1));
  const runner::JobResult slow_again = once(std::chrono::milliseconds(1));
  const runner::JobResult refused = once(std::chrono::minutes(1));
  const runner::JobResult refused_again = once(std::chrono::minutes(1));
  compile_runner().use_compile_cache(nullptr);

  EXPECT_EQ(slow.outcome, runner::Outcome::kTimeout);
  EXPECT_FALSE(slow_again.compile_cached);
  EXPECT_EQ(refused.outcome, runner::Outcome::kCompileError);
  EXPECT_FALSE(refused.compile_cached);
  EXPECT_TRUE(refused_again.compile_cached);
  EXPECT_EQ(visible(refused), visible(refused_again));
}

// Two runs of one entry must not meet: not by a lock on the file both execute.
TEST_P(DirectCompile, RunsOfOneCachedBinaryShareNoFile) {
  const auto cache = std::make_shared<runner::CompileCache>(runner::CompileCacheLimits{});
  compile_runner().use_compile_cache(cache);
  const std::string source = R"(package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	var own, root syscall.Stat_t
	fmt.Println(syscall.Stat("/proc/self/exe", &own), syscall.Stat("/", &root), own.Dev == root.Dev)
	file, err := os.Open("/proc/self/exe")
	fmt.Println(err, syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
}
)";
  std::vector<std::string> seen;
  for (int i = 0; i < 3; ++i) {
    runner::Job job = make_job({.workspace = one_file(source), .toolchain = GetParam().string()});
    job.cache_scope = "alice";
    seen.push_back(run_job(std::move(job)).stages.back().ending.text(false));
  }
  compile_runner().use_compile_cache(nullptr);
  // Each run has a copy in the root that was made for its sandbox, and cannot lock even that.
  for (const std::string& each : seen)
    EXPECT_EQ(each, "<nil> <nil> true\n<nil> no locks available\n");
}

}  // namespace
}  // namespace gobox::tests
