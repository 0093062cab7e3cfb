// SPDX-License-Identifier: Apache-2.0

// --pprof: what diagnosis sampled, as go tool pprof reads it.

#include <algorithm>
#include <filesystem>

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

class Profiles : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  std::string top_of(const std::string& file) {
    const std::string go = (GetParam() / "bin/go").string();
    CommandOptions options;
    options.environment = {"GOTOOLCHAIN=local"};
    const CommandResult top = run_command({go, "tool", "pprof", "-top", "-lines", file}, options);
    EXPECT_EQ(top.status, 0) << top.err;
    return top.out;
  }

  const ScratchDirectory scratch_;
};

TEST_P(Profiles, TheHeapBeforeAnOutOfMemoryKillOpensInPprof) {
  scratch_.write("main.go", R"go(package main

var kept = map[int][]byte{}

func remember(i int) {
	kept[i] = make([]byte, 64<<10)
	for at := range kept[i] {
		kept[i][at] = 1
	}
}

func main() {
	for i := 0; ; i++ {
		remember(i)
	}
}
)go");
  const CommandResult ran = sandbox_run({"--toolchain", GetParam(), "--memory", "96M", "--pprof",
                                         scratch_ / "profiles", scratch_ / "main.go"});
  EXPECT_EQ(ran.status, 137) << ran.err;
  const std::string top = top_of(scratch_ / "profiles/heap.pb.gz");
  EXPECT_THAT(top, HasSubstr("Type: inuse_space"));
  EXPECT_THAT(top, HasSubstr("main.remember main.go:6")) << top;
  const auto svg = read_file(scratch_ / "profiles/heap.svg");
  ASSERT_TRUE(svg);
  EXPECT_THAT(*svg, HasSubstr("main.remember  main.go:6"));
  EXPECT_THAT(ran.err, HasSubstr("no goroutine profile"));
}

TEST_P(Profiles, TheGoroutinesOfATimeoutOpenInPprof) {
  scratch_.write("main.go", R"go(package main

func wait(c chan int) { <-c }

func main() {
	c := make(chan int)
	for i := 0; i < 40; i++ {
		go wait(c)
	}
	for {
		c = c
	}
}
)go");
  const CommandResult ran =
      sandbox_run({"--toolchain", GetParam(), "--run-timeout", "300ms", "--grace", "5s", "--pprof",
                   scratch_ / "profiles", scratch_ / "main.go"});
  EXPECT_EQ(ran.status, 124) << ran.err;
  const std::string top = top_of(scratch_ / "profiles/goroutine.pb.gz");
  EXPECT_THAT(top, HasSubstr("Type: goroutine"));
  EXPECT_THAT(top, HasSubstr("main.wait main.go:3"));
  EXPECT_THAT(top, HasSubstr("40"));
}

INSTANTIATE_TEST_SUITE_P(Toolchains, Profiles, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

TEST(Dumps, TheDumpOfATimeLimitIsPutTogetherUnlessRawIsAskedFor) {
  const ScratchDirectory scratch;
  scratch.write("main.go",
                "package main\n\nfunc wait(c chan int) { <-c }\n\nfunc main() {\n"
                "\tc := make(chan int)\n\tfor i := 0; i < 100; i++ {\n\t\tgo wait(c)\n\t}\n"
                "\tfor {\n\t\tc = c\n\t}\n}\n");
  const Words words = {"--run-timeout", "300ms", "--grace", "5s", scratch / "main.go"};
  const CommandResult grouped = sandbox_run(words);
  EXPECT_THAT(grouped.err, HasSubstr("100 goroutines [chan receive]:\n    "));
  EXPECT_THAT(grouped.err, HasSubstr("--raw shows it"));
  EXPECT_THAT(grouped.err, Not(HasSubstr("rflags")));
  EXPECT_LT(std::count(grouped.err.begin(), grouped.err.end(), '\n'), 40) << grouped.err;
  const CommandResult raw = sandbox_run(with_flags(words, {"--raw"}));
  EXPECT_THAT(raw.err, HasSubstr("rflags"));
  EXPECT_THAT(text_of(sandbox_run_json(words), "stderr"), HasSubstr("rflags"));
}

TEST(ProfileFlag, NothingToWriteToIsRefusedBeforeTheRun) {
  const CommandResult ran =
      sandbox_run({"exec", "--pprof", "/proc/no/such", "--", "/bin/echo", "ran"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.out, "");
}

}  // namespace
}  // namespace gobox::tests
