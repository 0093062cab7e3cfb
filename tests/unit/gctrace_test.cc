// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/gctrace.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/diagnosis_golden.h"

namespace gobox::runner {
namespace {

constexpr std::string_view kNew =
    "gc 12 @0.033s 24%: 5.7+0.15+0.001 ms clock, 11+0.038/0.056/0+0.003 ms cpu, 29->31->19 MB, "
    "30 MB goal, 1 MB stacks, 2 MB globals, 2 P\n";
constexpr std::string_view kOld =
    "gc 3 @1.5s 2%: 0.004+0.77+0.001 ms clock, 0.008+0/0.055/0.083+0.003 ms cpu, 44->62->38 MB, "
    "51 MB goal, 4 P (forced)\n";

struct Filtered {
  std::string program;
  GcSummary summary;
};

Filtered filter(std::string_view text) {
  GcTraceFilter filter;
  std::string program = filter.feed(text);
  program += filter.release();
  return {std::move(program), filter.summary()};
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

std::string without_newline(std::string_view text) {
  return std::string(text.substr(0, text.size() - 1));
}

using GcTraceGolden = EachGoVersion;
INSTANTIATE_TEST_SUITE_P(Go, GcTraceGolden, testing::Values("go1.19", "go1.26"), version_name);

TEST_P(GcTraceGolden, RecordsAreTakenAndTheProgramsBytesStay) {
  const Filtered out = filter(text("gctrace"));
  EXPECT_EQ(out.program, "starting\nno newline at the end");
  EXPECT_EQ(out.summary.count, GetParam() == "go1.19" ? 11U : 14U);
  EXPECT_EQ(out.summary.forced, GetParam() == "go1.19" ? 2U : 1U);
  EXPECT_EQ(out.summary.last_live, 25U << 20);
  EXPECT_EQ(out.summary.heap.size(), out.summary.count);
  EXPECT_DOUBLE_EQ(out.summary.pause_max_ms, GetParam() == "go1.19" ? 0.084 : 5.7);
}

TEST_P(GcTraceGolden, EverySplitGivesTheSame) {
  const std::string whole = text("gctrace");
  const Filtered expected = filter(whole);
  for (std::size_t at = 0; at <= whole.size(); ++at) {
    GcTraceFilter split;
    std::string program = split.feed(std::string_view(whole).substr(0, at));
    program += split.feed(std::string_view(whole).substr(at));
    program += split.release();
    ASSERT_EQ(program, expected.program) << at;
    ASSERT_EQ(split.summary().count, expected.summary.count) << at;
  }
}

TEST_P(GcTraceGolden, ByteByByteGivesTheSame) {
  const std::string whole = text("gctrace");
  GcTraceFilter filter_bytes;
  std::string program;
  for (const char c : whole) program += filter_bytes.feed(std::string_view(&c, 1));
  program += filter_bytes.release();
  EXPECT_EQ(program, filter(whole).program);
  EXPECT_EQ(filter_bytes.summary().count, filter(whole).summary.count);
}

TEST(GcTrace, EveryFigureOfTheNewFormIsRead) {
  const GcMatch match = match_gc_record(kNew);
  ASSERT_EQ(match.kind, GcMatch::Kind::kRecord);
  EXPECT_EQ(match.length, kNew.size());
  EXPECT_EQ(match.record.number, 12U);
  EXPECT_DOUBLE_EQ(match.record.at_seconds, 0.033);
  EXPECT_EQ(match.record.cpu_percent, 24U);
  EXPECT_DOUBLE_EQ(match.record.sweep_pause_ms, 5.7);
  EXPECT_DOUBLE_EQ(match.record.mark_ms, 0.15);
  EXPECT_DOUBLE_EQ(match.record.mark_pause_ms, 0.001);
  EXPECT_DOUBLE_EQ(match.record.assist_cpu_ms, 0.038);
  EXPECT_EQ(match.record.heap_before, 29U << 20);
  EXPECT_EQ(match.record.heap_after, 31U << 20);
  EXPECT_EQ(match.record.heap_live, 19U << 20);
  EXPECT_EQ(match.record.goal, 30U << 20);
  EXPECT_EQ(match.record.processors, 2U);
  EXPECT_FALSE(match.record.forced);
}

TEST(GcTrace, OtherFormsAreRead) {
  const GcMatch old = match_gc_record(kOld);
  ASSERT_EQ(old.kind, GcMatch::Kind::kRecord);
  EXPECT_EQ(old.record.processors, 4U);
  EXPECT_TRUE(old.record.forced);
  const auto leaks = replaced(kNew, "24%:", "24% (checking for goroutine leaks):");
  EXPECT_EQ(match_gc_record(leaks).kind, GcMatch::Kind::kRecord);
  for (const char* line : {"scvg: 2 MB released\n", "scvg3: 0 MB released\n",
                           "scvg: inuse: 4, idle: 0, sys: 5, released: 0, consumed: 5 (MB)\n"}) {
    const Filtered out = filter("a\n" + std::string(line) + "b\n");
    EXPECT_EQ(out.program, "a\nb\n") << line;
    EXPECT_EQ(out.summary.count, 0U);
  }
}

TEST(GcTrace, ARecordInTheMiddleOfTheProgramsLineLeavesTheLineWhole) {
  EXPECT_EQ(filter("working" + std::string(kNew) + "... done\n").program, "working... done\n");
  EXPECT_EQ(filter(std::string(kNew) + std::string(kOld)).program, "");
}

TEST(GcTrace, LinesThatMerelyLookAlikeStayTheProgramsOwn) {
  for (const std::string& line :
       {replaced(kNew, "2 P", "2 Q"), replaced(kNew, "2 P\n", "2 P \n"),
        replaced(kNew, "2 P\n", "2 P!\n"), replaced(kNew, "gc 12", "gc twelve"),
        replaced(kNew, "gc 12", "gc -12"), replaced(kNew, "5.7+", "5.7.1+"),
        replaced(kNew, "5.7+", ".7+"), replaced(kNew, "5.7+", "5.+"), replaced(kNew, "5.7+", "+"),
        replaced(kNew, "5.7+", "1e3+"), replaced(kNew, "29->", "1234567890123->"),
        replaced(kNew, " MB goal", " KB goal"), replaced(kNew, "2 MB globals, ", ""),
        replaced(kOld, " (forced)", " (forced) "), std::string("gc 1 is my favourite\n"),
        std::string("gc gc gc 1 @\n"), std::string("scvg is old\n"),
        std::string("a scvg: 2 MB released\n"), std::string("scvg")}) {
    const Filtered out = filter("before\n" + line + "after\n");
    EXPECT_EQ(out.program, "before\n" + line + "after\n");
    EXPECT_EQ(out.summary.count, 0U) << line;
  }
}

TEST(GcTrace, AScavengeLineStartsALineEvenAcrossChunks) {
  GcTraceFilter filter;
  EXPECT_EQ(filter.feed("say "), "say ");
  EXPECT_EQ(filter.feed("scvg: 2 MB released\n"), "scvg: 2 MB released\n");
  EXPECT_EQ(filter.feed("scvg: 2 MB released\n"), "");
}

TEST(GcTrace, EveryPrefixOfARecordIsGivenBackAtTheEnd) {
  for (const std::string_view record : {kNew, kOld}) {
    for (std::size_t length = 0; length < record.size(); ++length) {
      const Filtered out = filter(record.substr(0, length));
      ASSERT_EQ(out.program, record.substr(0, length));
      ASSERT_EQ(out.summary.count, 0U);
    }
  }
}

TEST(GcTrace, OnlyWhatMayBecomeARecordWaits) {
  GcTraceFilter prompt;
  EXPECT_EQ(prompt.feed("Your name? "), "Your name? ");
  EXPECT_EQ(prompt.feed("numbers: gc 1"), "numbers: ");
  EXPECT_EQ(prompt.feed("x"), "gc 1x");
  EXPECT_EQ(prompt.feed("gc 7 @"), "");
  EXPECT_EQ(prompt.release(), "gc 7 @");
  EXPECT_EQ(prompt.feed(without_newline(kNew)), "");
  EXPECT_EQ(prompt.feed("\n"), "");
  EXPECT_EQ(prompt.summary().count, 1U);
}

TEST(GcTrace, PausesGiveTheirPercentiles) {
  GcTraceFilter filter;
  for (int i = 1; i <= 100; ++i) {
    filter.feed(replaced(replaced(kNew, "5.7+", std::to_string(i) + "+"), "0.001 ms clock",
                         std::to_string(i) + " ms clock"));
  }
  const GcSummary summary = filter.summary();
  EXPECT_NEAR(summary.pause_p50_ms, 50, 0.5);
  EXPECT_NEAR(summary.pause_p99_ms, 99, 1);
  EXPECT_DOUBLE_EQ(summary.pause_max_ms, 100);
  EXPECT_DOUBLE_EQ(summary.pause_total_ms, 10100);
}

TEST(GcTrace, AssistShareIsOfTheCollectorsOwnTime) {
  GcTraceFilter filter;
  filter.feed(replaced(kNew, "11+0.038/0.056/0+0.003 ms cpu", "1+3/4/1+1 ms cpu"));
  EXPECT_DOUBLE_EQ(filter.summary().assist_share, 0.3);
}

TEST(GcTrace, TheHeapsCourseIsThinnedEvenlyAndBounded) {
  GcTraceFilter filter;
  for (int i = 0; i < 10000; ++i) {
    filter.feed(replaced(replaced(kNew, "@0.033s", "@" + std::to_string(i) + "s"), "->19 MB",
                         "->" + std::to_string(i) + " MB"));
  }
  const GcSummary summary = filter.summary();
  EXPECT_EQ(summary.count, 10000U);
  ASSERT_GT(summary.heap.size(), kMaxHeapPoints / 2 - 1);
  ASSERT_LE(summary.heap.size(), kMaxHeapPoints);
  const double step = summary.heap[1].at_seconds - summary.heap[0].at_seconds;
  for (std::size_t i = 1; i < summary.heap.size(); ++i) {
    ASSERT_DOUBLE_EQ(summary.heap[i].at_seconds - summary.heap[i - 1].at_seconds, step);
  }
  EXPECT_EQ(summary.last_live, 9999ULL << 20);
  EXPECT_EQ(summary.most_live, 9999ULL << 20);
  EXPECT_DOUBLE_EQ(summary.last_at_seconds, 9999);
}

TEST(GcTrace, HugeFiguresDoNotOverflow) {
  const auto huge =
      replaced(replaced(kNew, "5.7+", "999999999999+"), "->19 MB", "->999999999999 MB");
  const Filtered out = filter(huge);
  EXPECT_EQ(out.summary.count, 1U);
  EXPECT_EQ(out.summary.last_live, 999999999999ULL << 20);
  EXPECT_DOUBLE_EQ(out.summary.pause_max_ms, 999999999999.0);
}

TEST(GcTrace, HostileStreamsPassUnchanged) {
  std::string almost;
  while (almost.size() < (10U << 20)) almost += without_newline(kNew);
  const Filtered out = filter(almost + "x");
  EXPECT_EQ(out.program, almost + "x");
  std::string bytes;
  for (std::uint32_t i = 0, state = 1; i < (1U << 20); ++i) {
    state = state * 1664525U + 1013904223U;
    bytes.push_back("gc 1@.s%:+\n\0\xff"[state >> 24 & 15U ? (state >> 20) % 13 : 0]);
  }
  EXPECT_EQ(filter(bytes).program, bytes);
  GcTraceFilter small;
  std::string program;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    program += small.feed(std::string_view(bytes).substr(at, 3));
  }
  EXPECT_EQ(program + small.release(), bytes);
}

}  // namespace
}  // namespace gobox::runner
