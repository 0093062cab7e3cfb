// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/race_report.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "tests/unit/diagnosis_golden.h"

namespace gobox::runner {
namespace {

std::vector<Race> parse_races_of(std::string_view text) {
  return parse_races(text, work_paths());
}

int user_line(const std::vector<Frame>& frames) {
  const auto index = first_user_frame(frames);
  return index ? frames[*index].line : 0;
}

std::string report(int first, int second) {
  return "==================\nWARNING: DATA RACE\nWrite at 0x00c000012038 by goroutine 7:\n"
         "  main.f()\n      /work/main.go:" +
         std::to_string(first) +
         " +0x4\n\nPrevious read at 0x00c000012038 by main goroutine:\n  main.main()\n"
         "      /work/main.go:" +
         std::to_string(second) +
         " +0x4\n\nGoroutine 7 (running) created at:\n  main.main()\n      /work/main.go:3 +0x4\n"
         "==================\n";
}

using RaceGolden = EachGoVersion;
INSTANTIATE_TEST_SUITE_P(Go, RaceGolden, testing::Values("go1.19", "go1.26"), version_name);

TEST_P(RaceGolden, BothSidesHaveTheUsersLines) {
  std::set<std::pair<int, int>> pairs;
  for (const Race& race : parse_races_of(text("race"))) {
    ASSERT_EQ(race.accesses.size(), 2U);
    EXPECT_FALSE(race.accesses[0].previous);
    EXPECT_TRUE(race.accesses[1].previous);
    const int first = user_line(race.accesses[0].frames);
    const int second = user_line(race.accesses[1].frames);
    pairs.insert({std::min(first, second), std::max(first, second)});
  }
  EXPECT_TRUE(pairs.contains({11, 25}));  // counter and main
  EXPECT_TRUE(pairs.contains({0, 34}));   // atomic and plain: no user frame on the atomic side
  EXPECT_TRUE(pairs.contains({42, 42}));  // the map
}

TEST_P(RaceGolden, CreationSitesBelongToTheirGoroutines) {
  for (const Race& race : parse_races_of(text("race"))) {
    for (const RaceAccess& access : race.accesses) {
      EXPECT_EQ(access.created_at.empty(), access.goroutine == 0);
      if (access.goroutine == 0) continue;
      const int created = user_line(access.created_at);
      EXPECT_TRUE(created == 18 || created == 30 || created == 40) << created;
      EXPECT_EQ(access.created_at[0].file, "main.go");
    }
  }
}

TEST_P(RaceGolden, TheDetectorsOwnCountIsFound) {
  const std::string whole = text("race");
  EXPECT_EQ(races_found(whole), parse_races_of(whole).size());
}

TEST(Race, TheSamePlacesAreOneRaceWhicheverCameFirst) {
  const auto races = parse_races_of(report(5, 9) + "output\n" + report(9, 5) + report(5, 10));
  ASSERT_EQ(races.size(), 2U);
  EXPECT_EQ(races[0].count, 2U);
  EXPECT_EQ(races[1].count, 1U);
}

TEST(Race, EveryKindOfAccessIsRead) {
  const std::string text =
      "WARNING: DATA RACE\nAtomic write at 0x1 by goroutine 7:\n  main.f()\n      /work/a.go:1\n\n"
      "Previous atomic read at 0x1 by goroutine 8:\n  [failed to restore the stack]\n\n"
      "Goroutine 8 (finished) created at:\n  main.main()\n      /work/a.go:2 +0x1\n"
      "==================\n";
  const auto races = parse_races_of(text);
  ASSERT_EQ(races.size(), 1U);
  EXPECT_EQ(name(races[0].accesses[0].kind), "atomic write");
  EXPECT_EQ(name(races[0].accesses[1].kind), "atomic read");
  EXPECT_TRUE(races[0].accesses[1].frames.empty());
  EXPECT_TRUE(races[0].accesses[1].finished);
  EXPECT_EQ(races[0].accesses[1].created_at[0].line, 2);
}

TEST(Race, GoroutinesCreatedTogetherShareTheSite) {
  std::string text = report(5, 9);
  text.replace(text.find("main goroutine"), 14, "goroutine 7");
  const auto races = parse_races_of(text);
  ASSERT_EQ(races.size(), 1U);
  EXPECT_EQ(races[0].accesses[0].created_at, races[0].accesses[1].created_at);
}

TEST(Race, WhatBreaksOffKeepsTheSideThatIsThere) {
  const std::string whole = report(5, 9);
  const auto races = parse_races_of(std::string_view(whole).substr(0, whole.find("Previous")));
  ASSERT_EQ(races.size(), 1U);
  EXPECT_EQ(races[0].accesses.size(), 1U);
}

TEST(Race, ForgedAndBrokenReportsGiveNothing) {
  EXPECT_TRUE(parse_races_of("").empty());
  EXPECT_TRUE(parse_races_of("==================\n==================\n").empty());
  EXPECT_TRUE(parse_races_of("WARNING: DATA RACE\n==================\n").empty());
  EXPECT_TRUE(
      parse_races_of("WARNING: DATA RACE\nWrite at 0x1 by goroutine x:\n==================\n")
          .empty());
  EXPECT_TRUE(parse_races_of("WARNING: DATA RACE\n      \n  \n   /work/a.go:1\n").empty());
  EXPECT_FALSE(races_found("Found x data race(s)\nFound 3 data races\n"));
}

TEST(Race, LinesOfSpacesAloneAreNoFrames) {
  const auto races =
      parse_races_of("WARNING: DATA RACE\nWrite at 0x1 by goroutine 7:\n \n  \n      \n");
  ASSERT_EQ(races.size(), 1U);
  EXPECT_TRUE(races[0].accesses[0].frames.empty());
}

TEST(Race, MegabytesOfReportsAreCappedAndCounted) {
  std::string text;
  for (int i = 0; text.size() < (10U << 20); ++i) text += report(i % 5000, 9);
  const auto races = parse_races_of(text);
  EXPECT_EQ(races.size(), kMaxRaces);
  EXPECT_GT(races[0].count, 1U);
}

TEST(Race, HostileBytesAreSurvived) {
  std::string text = "WARNING: DATA RACE\nWrite at 0x1 by goroutine 7:\n";
  for (int i = 0; i < 100000; ++i)
    text +=
        "  \x1b" + std::string(static_cast<std::size_t>(i % 90), '(') + "\xff()\n      \x01:7\n";
  const auto races =
      parse_races_of(text + std::string(1U << 20, ' ') + std::string(1U << 20, '\0'));
  ASSERT_EQ(races.size(), 1U);
  EXPECT_LE(races[0].accesses[0].frames.size(), kMaxFrames);
  EXPECT_EQ(races[0].accesses[0].frames[0].file, "?");
}

}  // namespace
}  // namespace gobox::runner
