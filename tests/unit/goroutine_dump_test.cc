// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/goroutine_dump.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/diagnosis_golden.h"

namespace gobox::runner {
namespace {

std::optional<GoroutineDump> parse_dump_of(std::string_view text) {
  return parse_goroutine_dump(text, work_paths());
}

std::vector<std::string> sentences(const GoroutineDump& dump) {
  std::vector<std::string> out;
  for (const GoroutineGroup& group : dump.groups) {
    if (!group.system) out.push_back(describe(group));
  }
  return out;
}

bool says(const GoroutineDump& dump, const std::string& sentence) {
  for (const std::string& said : sentences(dump)) {
    if (said == sentence) return true;
  }
  return false;
}

// One goroutine as Go 1.19 prints it, blocked at main.go:`line`.
std::string goroutine(int id, int line, const std::string& state = "chan send") {
  return "goroutine " + std::to_string(id) + " [" + state +
         "]:\nmain.work(0xc000012345, 0x1)\n\t/work/main.go:" + std::to_string(line) +
         " +0x1d\ncreated by main.main\n\t/work/main.go:14 +0x5a\n\n";
}

using GoroutineDumpGolden = EachGoVersion;
INSTANTIATE_TEST_SUITE_P(Go, GoroutineDumpGolden, testing::Values("go1.19", "go1.26"),
                         version_name);

TEST_P(GoroutineDumpGolden, BlockedGoroutinesAreGroupedAndSortedByCount) {
  const auto dump = parse_dump_of(text("dump_blocked"));
  ASSERT_TRUE(dump);
  const auto said = sentences(*dump);
  ASSERT_GE(said.size(), 3U);
  EXPECT_EQ(said[0],
            "11 goroutines blocked on chan send for 1 minute at main.go:16, started at main.go:44");
  EXPECT_EQ(
      said[1],
      "7 goroutines blocked on sync.Mutex.Lock for 1 minute at main.go:20, started at main.go:49");
  EXPECT_EQ(said[2],
            "5 goroutines blocked on chan receive for 1 minute at main.go:25, started at "
            "main.go:52");
  EXPECT_EQ(dump->total, GetParam() == "go1.19" ? 36U : 37U);
  EXPECT_FALSE(dump->truncated);
}

TEST_P(GoroutineDumpGolden, EveryKindOfWaitIsNamed) {
  const auto dump = parse_dump_of(text("dump_blocked"));
  ASSERT_TRUE(dump);
  EXPECT_TRUE(says(*dump, "1 goroutine blocked on sync.WaitGroup.Wait at main.go:84"));
  EXPECT_TRUE(
      says(*dump, "1 goroutine sleeping for 1 minute at main.go:67, started at main.go:67"));
  EXPECT_TRUE(
      says(*dump, "1 goroutine waiting for I/O for 1 minute at main.go:72, started at main.go:72"));
  EXPECT_TRUE(says(
      *dump, "1 goroutine in a system call for 1 minute at main.go:77, started at main.go:75"));
  EXPECT_TRUE(says(
      *dump,
      "1 goroutine blocked on chan receive for 1 minute at main.go:31, started at main.go:56"));
}

TEST_P(GoroutineDumpGolden, DeepRecursionIsOneFrame) {
  const auto dump = parse_dump_of(text("dump_blocked"));
  ASSERT_TRUE(dump);
  for (const GoroutineGroup& group : dump->groups) {
    int deep = 0;
    for (const Frame& frame : group.frames) deep += frame.function == "main.deep" ? 1 : 0;
    EXPECT_LE(deep, 2);  // the innermost call has a line of its own
  }
}

TEST_P(GoroutineDumpGolden, RangeCoversTheDumpAndNothingBefore) {
  const std::string whole = "progress 1\n" + text("dump_blocked");
  const auto dump = parse_dump_of(whole);
  ASSERT_TRUE(dump);
  EXPECT_EQ(whole.substr(0, dump->begin), "progress 1\nlistening\n");
  EXPECT_EQ(dump->end, whole.size());
}

TEST_P(GoroutineDumpGolden, ThreadsReportsAddNothingTwice) {
  const auto dump = parse_dump_of(text("dump_spin"));
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->total, 5U);
  ASSERT_EQ(sentences(*dump).size(), 2U);
  EXPECT_EQ(sentences(*dump)[0], "1 goroutine running at main.go");
}

TEST_P(GoroutineDumpGolden, EveryChunkingGivesTheSame) {
  const std::string whole = text("dump_blocked");
  const auto expected = parse_dump_of(whole);
  ASSERT_TRUE(expected);
  for (const std::size_t size : {1U, 7U, 64U, 4096U}) {
    GoroutineDumpParser parser(work_paths());
    for (std::size_t at = 0; at < whole.size(); at += size) {
      parser.feed(std::string_view(whole).substr(at, size));
    }
    const auto dump = parser.finish();
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->total, expected->total);
    EXPECT_EQ(sentences(*dump), sentences(*expected));
    EXPECT_EQ(dump->begin, expected->begin);
    EXPECT_EQ(dump->end, expected->end);
  }
}

TEST(GoroutineDump, StackOnAnotherThreadIsCountedOnceWhenItTurnsUp) {
  const auto dump = parse_dump_of(golden("ending_maps", "go1.19"));
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->total, 5U);
  EXPECT_TRUE(says(*dump, "2 goroutines running at main.go:52, started at main.go:52"));
}

TEST(GoroutineDump, HeadersOfAllVersionsAreRead) {
  struct Case {
    std::string header;
    std::string state;
    int minutes;
  };

  for (const Case& c : std::vector<Case>{
           {"goroutine 5 [chan send]:", "chan send", 0},
           {"goroutine 5 [chan send, 2 minutes]:", "chan send", 2},
           {"goroutine 5 [syscall, 2 minutes, locked to thread]:", "syscall", 2},
           {"goroutine 5 [runnable, locked to thread]:", "runnable", 0},
           {"goroutine 5 [running (scan)]:", "running", 0},
           {"goroutine 5 [chan receive (nil chan), 90 minutes]:", "chan receive (nil chan)", 90},
           {"goroutine 5 gp=0xc00 m=nil [select (no cases), 3 minutes]:", "select (no cases)", 3},
           {"goroutine 5 gp=0xc00 m=0 mp=0x5f [running]:", "running", 0},
           {"goroutine 5 [chan send (durable), synctest bubble 3]:", "chan send (durable)", 0},
           {"goroutine 5 [sleep, 4 minutes labels:{\"a, 9 minutes\": \"]:\"}]:", "sleep", 4}}) {
    const auto dump = parse_dump_of(c.header + "\nmain.f(...)\n\t/work/main.go:3\n");
    ASSERT_TRUE(dump) << c.header;
    EXPECT_EQ(dump->groups[0].state, c.state);
    const auto waited = dump->groups[0].longest_wait.value_or(std::chrono::minutes(0));
    EXPECT_EQ(waited.count(), c.minutes) << c.header;
  }
}

TEST(GoroutineDump, WhatOnlyLooksLikeAHeaderIsNone) {
  for (const char* header :
       {"goroutine [running]:", "goroutine x [running]:", "goroutine 5 []:",
        "goroutine 5 [running]", "goroutine 99999999999999999999999 [running]:",
        "goroutine 5 of 7 [running]:", " goroutine 5 [running]:", "goroutine -1 [running]:"}) {
    EXPECT_FALSE(parse_dump_of(std::string(header) + "\nmain.f()\n\t/work/main.go:3\n")) << header;
  }
}

TEST(GoroutineDump, WaitsOfAGroupAreARange) {
  const auto dump = parse_dump_of("SIGQUIT: quit\n" + goroutine(1, 17, "chan send, 2 minutes") +
                                  goroutine(2, 17, "chan send, 5 minutes"));
  ASSERT_TRUE(dump);
  EXPECT_EQ(describe(dump->groups[0]),
            "2 goroutines blocked on chan send for 2 to 5 minutes at main.go:17, started at "
            "main.go:14");
  const auto mixed = parse_dump_of("SIGQUIT: quit\n" + goroutine(1, 17) +
                                   goroutine(2, 17, "chan send, 5 minutes"));
  ASSERT_TRUE(mixed);
  EXPECT_EQ(describe(mixed->groups[0]),
            "2 goroutines blocked on chan send for up to 5 minutes at main.go:17, started at "
            "main.go:14");
}

TEST(GoroutineDump, StatesAndLinesSeparateGroups) {
  const auto dump = parse_dump_of(goroutine(1, 17) + goroutine(2, 18) +
                                  goroutine(3, 17, "runnable") + goroutine(4, 17));
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->groups.size(), 3U);
  EXPECT_EQ(dump->groups[0].count, 2U);
}

TEST(GoroutineDump, UserCodeComesFirstAmongEqualCountsAndTheRuntimeLast) {
  const std::string system =
      "goroutine 2 [GC worker (idle)]:\nruntime.gopark(0x0)\n\t/usr/lib/go/src/runtime/proc.go:3\n"
      "created by runtime.gcBgMarkStartWorkers\n\t/usr/lib/go/src/runtime/mgc.go:9 +0x1\n\n";
  const std::string library =
      "goroutine 3 [select]:\nnet/http.(*Server).f(0x0)\n\t/usr/lib/go/src/net/http/s.go:3\n\n";
  const auto dump = parse_dump_of(system + system + library + goroutine(4, 17));
  ASSERT_TRUE(dump);
  ASSERT_EQ(dump->groups.size(), 3U);
  EXPECT_TRUE(dump->groups[0].user_code);
  EXPECT_EQ(describe(dump->groups[1]), "1 goroutine blocked on select in net/http.(*Server).f");
  EXPECT_TRUE(dump->groups[2].system);
  EXPECT_EQ(dump->groups[2].count, 2U);
}

TEST(GoroutineDump, AUserFrameBelowManyLibraryFramesIsKept) {
  std::string text = "goroutine 1 [IO wait]:\n";
  for (int i = 0; i < 40; ++i) {
    text += "lib.f" + std::to_string(i) + "(0x1)\n\t/usr/lib/go/src/lib/a.go:3 +0x1\n";
  }
  const auto dump = parse_dump_of(text + "main.handle(...)\n\t/work/sub/h.go:7 +0x2\n");
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->groups[0].frames.size(), kMaxFrames);
  ASSERT_TRUE(dump->groups[0].top_user_frame);
  EXPECT_EQ(describe(dump->groups[0]), "1 goroutine waiting for I/O at sub/h.go:7");
}

TEST(GoroutineDump, WithoutPrefixesTheUsersFilesAreThoseOutsideGoRoot) {
  const auto dump = parse_goroutine_dump(
      "goroutine 1 [sleep]:\ntime.Sleep(0x1)\n\t/opt/go/src/time/sleep.go:9 +0x1\n"
      "main.f()\n\t/home/u/main.go:4 +0x1\n",
      {{}, {"/opt/go"}});
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->groups[0].top_user_frame, 1U);
  EXPECT_EQ(describe(dump->groups[0]), "1 goroutine sleeping at /home/u/main.go:4");
}

TEST(GoroutineDump, AncestorsAndCgoFramesAreNotTheGoroutinesOwn) {
  const auto dump = parse_dump_of(
      "goroutine 5 [running]:\nmain.f(...)\n\t/work/main.go:3\nnon-Go function at pc=1234\n"
      "created by main.main in goroutine 1\n\t/work/main.go:9 +0x1\n"
      "[originating from goroutine 1]:\nmain.g(...)\n\t/work/main.go:30 +0x1\n\n");
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->groups[0].frames.size(), 1U);
  EXPECT_EQ(dump->groups[0].created_by->function, "main.main");
  EXPECT_EQ(dump->groups[0].created_by->line, 9);
}

TEST(GoroutineDump, ASignalsDumpReplacesWhatTheProgramLoggedBefore) {
  const auto dump = parse_dump_of(goroutine(1, 90) + "log line\n" + "panic: only a log\n\n" +
                                  goroutine(2, 91) + "SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\n" +
                                  goroutine(3, 17) + "panic: a child's words\n" + goroutine(4, 17));
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->total, 2U);
  EXPECT_EQ(dump->groups.size(), 1U);
}

TEST(GoroutineDump, StacksLoggedAllDayDoNotAddUp) {
  std::string text;
  for (int i = 1; i < 100; ++i) text += goroutine(i, 17) + "request served\n";
  const auto dump = parse_dump_of(text);
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->total, 1U);
}

TEST(GoroutineDump, ALoggedStackEndsWhereTheLogGoesOn) {
  const auto dump = parse_dump_of(
      "goroutine 1 [running]:\nmain.f()\n\t/work/a.go:1 +0x1\nrequest 7 served\n"
      "main.g()\n\t/work/b.go:2 +0x1\n");
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->groups[0].frames.size(), 1U);
}

TEST(GoroutineDump, TextBetweenStacksOfASignalsDumpIsSkipped) {
  const auto dump = parse_dump_of("SIGQUIT: quit\n\n" + goroutine(1, 17) +
                                  "late output (of a thread)\n" + "\tmore:1\n" + goroutine(2, 17));
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->total, 2U);
  EXPECT_EQ(dump->groups.size(), 1U);
}

TEST(GoroutineDump, ABrokenOffDumpSaysSo) {
  const std::string whole = "SIGQUIT: quit\n\n" + goroutine(1, 17) + goroutine(2, 18);
  const auto dump = parse_dump_of(std::string_view(whole).substr(0, whole.find(":18")));
  ASSERT_TRUE(dump);
  EXPECT_TRUE(dump->truncated);
  EXPECT_FALSE(parse_dump_of(whole)->truncated);
}

TEST(GoroutineDump, TenMegabytesOfARealDumpTakeNoTime) {
  std::string text = "SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\n";
  const std::string real = golden("dump_blocked", "go1.26");
  const std::string body =
      real.substr(real.find("goroutine 1 "), real.find("\nrax ") - real.find("goroutine 1 "));
  std::uint64_t copies = 0;
  while (text.size() < (10U << 20)) {
    text += body + "\n";
    ++copies;
  }
  const auto start = std::chrono::steady_clock::now();
  const auto dump = parse_dump_of(text);
  const auto took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->groups[0].count, 11 * copies);
  EXPECT_EQ(dump->groups.size(), parse_dump_of(real)->groups.size());
  EXPECT_LT(took, std::chrono::seconds(5));
}

TEST(GoroutineDump, ThousandsOfDifferentStacksAreCountedAndCapped) {
  std::string text = "SIGQUIT: quit\n\n";
  for (int i = 1; i <= 5000; ++i) text += goroutine(i, i);
  const auto dump = parse_dump_of(text);
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->total, 5000U);
  EXPECT_EQ(dump->groups.size(), GoroutineDumpParser::kMaxGroups);
  EXPECT_TRUE(dump->truncated);
}

TEST(GoroutineDump, HostileTextIsSurvived) {
  std::string headers;
  while (headers.size() < (10U << 20)) headers += "goroutine 1 [\n";
  EXPECT_FALSE(parse_dump_of(headers));
  EXPECT_FALSE(parse_dump_of(std::string(1U << 20, 'g')));
  EXPECT_FALSE(parse_dump_of(std::string(1U << 20, '\0')));
  EXPECT_FALSE(parse_dump_of(std::string(1U << 20, '\n')));
  EXPECT_FALSE(parse_dump_of("goroutine 1 [running]:\n\n"));
  EXPECT_FALSE(parse_dump_of("goroutine 1 [running]:\n" + std::string(1U << 20, '(') +
                             ")\n\t/work/a.go:1\n"));
  std::string stackless = "SIGQUIT: quit\n";
  for (int i = 0; i < 100000; ++i) {
    stackless += "goroutine " + std::to_string(i % 7 + 1) +
                 " [running]:\n\tgoroutine running on other thread; stack unavailable\n\n";
  }
  const auto dump = parse_dump_of(stackless);
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->total, 100000U);
}

TEST(GoroutineDump, NamesAreCutAndPrintable) {
  const auto dump = parse_dump_of("goroutine 1 [\x1b[31mred\xff]:\nmain." + std::string(1000, 'f') +
                                  "(0x1)\n\t/work/\x1b\xc2\x9b\xc3\xa9.go:3 +0x1\n");
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->groups[0].state, "?[31mred?");
  EXPECT_EQ(dump->groups[0].frames[0].function.size(), kLongestName);
  EXPECT_EQ(dump->groups[0].frames[0].file, "???\xc3\xa9.go");
}

}  // namespace
}  // namespace gobox::runner
