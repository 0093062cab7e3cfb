// SPDX-License-Identifier: Apache-2.0

// --core FILE: a core of the program where it dies, as a debugger reads it.

#include <sys/stat.h>

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

class Core : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  CommandResult run(const std::string& source, std::vector<std::string> flags) {
    scratch_.write("main.go", source);
    flags.insert(flags.begin(), {"--toolchain", GetParam(), "--core", core_, "--compile-timeout",
                                 "60s", "--total-timeout", "90s"});
    flags.push_back(scratch_ / "main.go");
    return sandbox_run(flags);
  }

  // Both read what is there; gdb only where it is installed.
  std::string notes() { return run_command({"/usr/bin/readelf", "-n", core_}, {}).out; }

  std::string debugged(const std::string& command) {
    if (!std::filesystem::exists("/usr/bin/gdb")) return {};
    return run_command({"/usr/bin/gdb", "-nx", "-batch", "-iex", "set auto-load no", "-ex", command,
                        core_ + ".program", core_},
                       {})
        .out;
  }

  const ScratchDirectory scratch_;
  const std::string core_ = scratch_ / "app.core";
};

// The marker is made at run time, so that it is in memory and not in the program.
constexpr const char* kKeeper = R"go(package main

import "strings"

var kept = strings.Repeat("marked", 3) + "-at-run-time"

type waiter struct{ c chan int }

func (w *waiter) wait() { <-w.c }

func main() {
	w := &waiter{c: make(chan int)}
	go w.wait()
	END
}
)go";

std::string keeper(const std::string& end) {
  std::string text(kKeeper);
  return text.replace(text.find("END"), 3, end);
}

constexpr const char* kMarker = "markedmarkedmarked-at-run-time";

TEST_P(Core, OfATimeoutHasThreadsMemoryAndFiles) {
  const auto ran = run(keeper("for {\n\t\tkept = kept[:len(kept)]\n\t}"), {"--run-timeout", "1s"});
  EXPECT_EQ(ran.status, 124) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("has the program at the wall time limit"));
  // The program goes on after that, and prints its goroutines as ever.
  EXPECT_THAT(ran.err, HasSubstr("main.go:"));
  const std::string text = notes();
  for (const char* const note : {"NT_PRSTATUS", "NT_PRPSINFO", "NT_AUXV", "NT_FILE", "NT_FPREGSET"})
    EXPECT_THAT(text, HasSubstr(note));
  const auto bytes = read_file(core_, std::size_t{512} << 20);
  ASSERT_TRUE(bytes);
  EXPECT_NE(bytes->find(kMarker), std::string::npos);

  struct stat status {};

  ASSERT_EQ(::stat(core_.c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 64 << 20);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const std::string shown = debugged("thread apply all bt 8");
  if (!shown.empty()) {
    EXPECT_THAT(shown, HasSubstr("main.main"));
  }
}

TEST_P(Core, OfAPanicShowsTheGoroutineThatPanicked) {
  const auto ran = run(keeper("panic(len(kept))"), {});
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("has the program as it ended with status 2"));
  EXPECT_THAT(notes(), HasSubstr("NT_PRSTATUS"));
  const auto bytes = read_file(core_, std::size_t{512} << 20);
  ASSERT_TRUE(bytes);
  EXPECT_NE(bytes->find(kMarker), std::string::npos);
}

TEST_P(Core, OfASignalIsTakenBeforeItActs) {
  const auto ran = run(keeper("panic(len(kept))"), {"--env", "GOTRACEBACK=crash"});
  EXPECT_EQ(ran.status, 134) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("has the program as SIGABRT ended it"));
  EXPECT_THAT(notes(), HasSubstr("NT_PRSTATUS"));
}

TEST_P(Core, OfAnOutOfMemoryKillIsOfJustBefore) {
  const auto ran = run(R"go(package main

var kept [][]byte

func main() {
	for {
		block := make([]byte, 16<<10)
		for i := range block {
			block[i] = byte(i)
		}
		kept = append(kept, block)
	}
}
)go",
                       {"--memory", "64M"});
  EXPECT_EQ(ran.status, 137) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("has the program near the memory limit, with 6"));

  struct stat status {};

  ASSERT_EQ(::stat(core_.c_str(), &status), 0);
  EXPECT_GT(status.st_blocks * 512, 40 << 20);
  EXPECT_LE(status.st_blocks * 512, (64 + 17) << 20);
}

TEST_P(Core, IsNotKeptOfAProgramThatEndsWell) {
  const auto ran = run(keeper("println(len(kept))"), {});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("--core: none was kept"));
  EXPECT_FALSE(std::filesystem::exists(core_));
  EXPECT_FALSE(std::filesystem::exists(core_ + ".program"));
}

INSTANTIATE_TEST_SUITE_P(Toolchains, Core, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

}  // namespace
}  // namespace gobox::tests
