// SPDX-License-Identifier: Apache-2.0

// The reports a result carries: dumps, races, traces, timelines, what is left. Small programs of
// the tests' own, where the figures are known beforehand.

#include <boost/json.hpp>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Reports : public ::testing::TestWithParam<fs::path> {
 protected:
  std::string program(const std::string& text) const {
    const fs::path path = scratch_.path() / "main.go";
    std::ofstream(path) << text;
    return path;
  }

  static Words with_toolchain(const Words& words) {
    return with_flags(words, {"--toolchain", GetParam(), "--compile-timeout", "60s"});
  }

  static json::object run(const Words& words) { return sandbox_run_json(with_toolchain(words)); }

  static CommandResult run_plain(const Words& words) { return sandbox_run(with_toolchain(words)); }

  ScratchDirectory scratch_;
};

std::string toolchain_name(const ::testing::TestParamInfo<fs::path>& toolchain) {
  return test_name_of(toolchain.param);
}

INSTANTIATE_TEST_SUITE_P(Go, Reports, ::testing::ValuesIn(test_toolchains()), toolchain_name);

const json::object& diagnosis_of(const json::object& result) {
  return result.at("diagnosis").get_object();
}

constexpr const char* kBlocked = R"(package main

import "time"

func send(c chan int) {
	c <- 1
}

func main() {
	c := make(chan int)
	for i := 0; i < 3000; i++ {
		go send(c)
	}
	time.Sleep(time.Hour)
}
)";

TEST_P(Reports, GroupThousandsOfGoroutinesApartFromTheOutputCap) {
  const std::string file = program(kBlocked);
  const Words words{"--run-timeout", "500ms", "--grace", "30s", "--output", "64K", file};
  const auto result = run(words);
  EXPECT_EQ(text_of(result, "outcome"), "timeout");
  const auto& groups = diagnosis_of(result).at("goroutines").get_array();
  ASSERT_FALSE(groups.empty());
  const auto& group = groups[0].get_object();
  EXPECT_EQ(group.at("count").to_number<int>(), 3000);
  EXPECT_EQ(text_of(group, "state"), "chan send");
  EXPECT_EQ(text_of(group, "text"),
            "3 000 goroutines blocked on chan send at main.go:6, started at main.go:12");
  EXPECT_LE(text_of(result, "stderr").size(), 64U << 10);
  EXPECT_THAT(run_plain(words).err,
              HasSubstr("\n  3 000 goroutines blocked on chan send at main.go:6, started at "
                        "main.go:12\n  1 goroutine sleeping at main.go:14\n"));
}

TEST_P(Reports, NameEndlessRecursionUnderEveryLimit) {
  const std::string file = source_path("examples/diagnosis/recursion.go");
  for (const char* memory : {"16M", "64M", "1G"}) {
    const auto result =
        run({"--memory", memory, "--run-timeout", "60s", "--total-timeout", "200s", file});
    EXPECT_EQ(text_of(result, "outcome"), "exited") << memory;
    EXPECT_EQ(text_of(diagnosis_of(result), "reason"), "stack_overflow") << memory;
    EXPECT_THAT(json::serialize(result.at("hints")), HasSubstr("recursion.go:12")) << memory;
  }
}

constexpr const char* kLeaves = R"(package main

import (
	"fmt"
	"os"
	"runtime"
)

func stuck(c chan int) { <-c }

func main() {
	_, file, line, _ := runtime.Caller(0)
	fmt.Println(file)
	fmt.Println(line)
	for i := 0; i < len(os.Args)-1; i++ {
		go stuck(make(chan int))
	}
	fmt.Fprintln(os.Stderr, "mine")
}
)";

TEST_P(Reports, CountTheGoroutinesAliveWhenMainReturns) {
  const std::string file = program(kLeaves);
  const auto leaky = run({"--goroutines", file, "--", "a", "b", "c", "d"});
  EXPECT_EQ(text_of(leaky, "outcome"), "ok");
  const auto& groups = diagnosis_of(leaky).at("goroutines").get_array();
  ASSERT_EQ(groups.size(), 1U) << json::serialize(groups);
  EXPECT_EQ(text_of(groups[0].get_object(), "text"),
            "4 goroutines blocked on chan receive at main.go:9, started at main.go:16");

  const auto clean = run({"--goroutines", file});
  EXPECT_EQ(text_of(diagnosis_of(clean).at("goroutine_dump").get_object(), "total"), "0");
  EXPECT_TRUE(clean.at("hints").get_array().empty());

  // The program itself notices nothing.
  const auto plain = run({file});
  for (const auto* each : {&leaky, &clean}) {
    EXPECT_EQ(text_of(*each, "stdout"), text_of(plain, "stdout"));
    EXPECT_EQ(text_of(*each, "stderr"), "mine\n");
  }
}

TEST_P(Reports, TellBothSidesOfARace) {
  const auto result = run({"--race", source_path("examples/diagnosis/race.go")});
  EXPECT_EQ(text_of(result, "outcome"), "race_detected");
  const auto& races = diagnosis_of(result).at("races").get_array();
  ASSERT_FALSE(races.empty());
  const auto& accesses = races[0].at("accesses").get_array();
  ASSERT_EQ(accesses.size(), 2U);
  for (const json::value& access : accesses) {
    const auto& frame = access.at("frames").get_array().at(0).get_object();
    EXPECT_EQ(text_of(frame, "file"), "race.go");
    EXPECT_EQ(frame.at("line").to_number<int>(), 16);
    const auto& creation = access.at("created_at").get_array().at(0).get_object();
    EXPECT_EQ(creation.at("line").to_number<int>(), 23);
  }
}

TEST_P(Reports, TakeTheTraceOutOfStderr) {
  const auto result = run({"--gctrace", source_path("examples/diagnosis/gc_trace.go")});
  EXPECT_EQ(text_of(result, "stderr"), "all of stderr\n");
  const auto& gc = diagnosis_of(result).at("gc").get_object();
  EXPECT_GT(gc.at("count").to_number<int>(), 3);
  EXPECT_GE(gc.at("pause_max_ms").to_number<double>(), gc.at("pause_p99_ms").to_number<double>());
  EXPECT_GE(gc.at("pause_p99_ms").to_number<double>(), gc.at("pause_p50_ms").to_number<double>());
  EXPECT_FALSE(gc.at("heap").get_array().empty());
}

TEST_P(Reports, NameTheLargestProcessOfATree) {
  // Processes are looked at from time to time: this one needs some 100 ms to fill its memory.
  const auto result = run({"--memory", "256M", source_path("examples/oom_child.go")});
  EXPECT_EQ(text_of(result, "outcome"), "oom");
  const auto& memory = diagnosis_of(result).at("memory").get_object();
  ASSERT_TRUE(memory.at("largest_process").is_object()) << json::serialize(memory);
  EXPECT_GT(memory.at("largest_process").at("memory_bytes").to_number<double>(), 64 << 20);
}

// What forgers print: each piece is repeated until it is larger than the cap on output.
constexpr const char* kForger = R"(package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	piece := map[string]string{
		"gc":        "gc 1 @0.001s 99%: 0.1+2.0+0.1 ms clock, 0.1+0.0/1.0/0.0+0.1 ms cpu, 9->9->9 MB, 9 MB goal, 0 MB stacks, 0 MB globals, 1 P\n",
		"dump":      "goroutine 1 [chan send, 9 minutes]:\nmain.fake()\n\t/work/fake.go:1 +0x1\n\n",
		"race":      "==================\nWARNING: DATA RACE\nWrite at 0x00c000012345 by goroutine 7:\n  main.fake()\n      /work/fake.go:1 +0x1\n==================\n",
		"unfinished": "goroutine 1 [" + strings.Repeat("x", 1000),
		"overflow":  "runtime: goroutine stack exceeds 1-byte limit\nfatal error: stack overflow\nfatal error: runtime: out of memory\n",
	}[os.Args[1]]
	text := strings.Repeat(piece, 4<<20/len(piece))
	if len(os.Args) > 2 {
		text = text[:200<<10]
	}
	fmt.Fprint(os.Stderr, text)
}
)";

TEST_P(Reports, AreNotBelievedWhenForged) {
  const std::string file = program(kForger);
  for (const char* what : {"gc", "dump", "race", "unfinished", "overflow"}) {
    for (const bool little : {false, true}) {
      Words words{"--no-diagnosis", file, "--", what};
      if (little) words.push_back("little");
      const auto undiagnosed = run(words);
      EXPECT_EQ(text_of(undiagnosed, "outcome"), little ? "ok" : "output_limit") << what;
      words[0] = "--gctrace";
      const auto diagnosed = run(with_flags(words, {"--goroutines"}));
      EXPECT_EQ(text_of(diagnosed, "outcome"), text_of(undiagnosed, "outcome")) << what;
      EXPECT_EQ(text_of(diagnosed, "exit_code"), text_of(undiagnosed, "exit_code")) << what;
    }
  }
}

TEST_P(Reports, ListWhatAKilledBuildLeftBehind) {
  const auto result = run({"--no-direct-compile", "--compile-timeout", "1s", "--total-timeout",
                           "60s", source_path("examples/diagnosis/compile_generics.go")});
  EXPECT_EQ(text_of(result, "outcome"), "timeout");
  EXPECT_EQ(text_of(result, "stage"), "compile");
  const auto& leftover = stage_of(result, "compile").at("leftover_files").get_object();
  EXPECT_GT(leftover.at("count").to_number<int>(), 0);
  EXPECT_THAT(json::serialize(leftover.at("paths")), HasSubstr("go-build"));
}

TEST_P(Reports, TellWhatALeakedProcessHoldsOpen) {
  const auto result = run({source_path("examples/diagnosis/leaked_pipeline.go")});
  const auto& leaked = stage_of(result, "run").at("leaked_processes").get_array();
  ASSERT_EQ(leaked.size(), 1U);
  const auto& process = leaked[0].get_object();
  EXPECT_EQ(text_of(process, "command"), "sleep 1000");
  EXPECT_EQ(text_of(process, "ppid"), "1");
  EXPECT_GE(process.at("age_ms").to_number<double>(), 0);
  EXPECT_THAT(json::serialize(process.at("open_files")), HasSubstr("pipe:"));
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(TimelineFile, IsWrittenAsAskedAndTellsTheStages) {
  ScratchDirectory scratch;
  const std::string csv = scratch.path() / "run.csv";
  const std::string svg = scratch.path() / "run.svg";
  const std::string example = source_path("examples/diagnosis/small_slice_of_big.go");
  const auto result =
      sandbox_run_json({"--memory", "64M", "--timeline", csv, "--compile-timeout", "60s", example});
  const std::string table = content_of(csv);
  EXPECT_EQ(table.rfind("stage,at_ms,memory_bytes,anonymous_bytes,file_bytes,tmpfs_bytes,", 0), 0U);
  EXPECT_THAT(table, HasSubstr("\ncompile,"));
  EXPECT_THAT(table, HasSubstr("\nrun,"));
  ASSERT_EQ(result.at("timeline").get_array().size(), 2U);
  EXPECT_FALSE(result.at("timeline").at(1).at("points").get_array().empty());

  const auto plain =
      sandbox_run({"--memory", "64M", "--timeline", svg, "--compile-timeout", "60s", example});
  EXPECT_THAT(plain.err, HasSubstr("█"));
  const std::string picture = content_of(svg);
  for (const char* part : {"<svg", "</svg>", "compile", "limit", "killed"}) {
    EXPECT_THAT(picture, HasSubstr(part));
  }
  EXPECT_THAT(picture, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace gobox::tests
