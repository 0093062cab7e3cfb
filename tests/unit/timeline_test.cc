// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "chart/timeline_svg.h"
#include "runner/diagnosis/diagnosis_json.h"

namespace gobox::runner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::uint64_t kOneMiB = 1 << 20;

TimelinePoint point_at(Nanoseconds at, std::uint64_t bytes) {
  TimelinePoint point;
  point.at = at;
  point.memory.total_bytes = bytes;
  point.memory.anonymous_bytes = bytes;
  point.processes = 3;
  return point;
}

policies::Limits limits() {
  policies::Limits limits;
  limits.memory_bytes = 64 * kOneMiB;
  limits.wall = seconds(8);
  return limits;
}

StageTimeline climbing_stage() {
  StageTimeline stage;
  stage.kind = StageKind::kRun;
  stage.begin = milliseconds(300);
  stage.wall = milliseconds(1000);
  stage.limits = limits();
  for (int i = 0; i <= 10; ++i) {
    stage.points.push_back(
        point_at(milliseconds(i * 100), static_cast<std::uint64_t>(i) * 6 * kOneMiB));
  }
  stage.marks = {{TimelineMark::Kind::kCollection, milliseconds(200)},
                 {TimelineMark::Kind::kKilled, milliseconds(1000)}};
  return stage;
}

TEST(Timeline, StaysBoundedAndKeepsTheFullestAndTheNewestPoints) {
  Timeline timeline;
  for (int i = 0; i < 100'000; ++i) {
    timeline.add(point_at(milliseconds(i), i == 5 ? 1000 * kOneMiB : kOneMiB));
  }
  EXPECT_LE(timeline.points().size(), Timeline::kMaxPoints);
  EXPECT_EQ(timeline.fullest()->at, milliseconds(5));
  EXPECT_EQ(timeline.points().back().at, milliseconds(99'999));
  const auto& points = timeline.points();
  EXPECT_EQ(points[points.size() - 2].at, milliseconds(99'998));
  EXPECT_TRUE(std::is_sorted(points.begin(), points.end(),
                             [](const auto& a, const auto& b) { return a.at < b.at; }));
}

TEST(Timeline, WithoutPointsHasNoFullest) {
  EXPECT_EQ(Timeline().fullest(), nullptr);
}

TEST(SamplePace, LooksOftenerNearALimitThanFarFromIt) {
  SamplePace far(limits());
  SamplePace near(limits());
  const Nanoseconds cost(1000);
  for (int i = 1; i < 20; ++i) {
    far.next(point_at(milliseconds(200 * i), 8 * kOneMiB), cost);
    near.next(point_at(milliseconds(200 * i), 60 * kOneMiB), cost);
  }
  EXPECT_LT(near.next(point_at(seconds(4), 60 * kOneMiB), cost),
            far.next(point_at(seconds(4), 8 * kOneMiB), cost));
}

TEST(SamplePace, LooksOftenerWhenMemoryClimbsFast) {
  SamplePace calm(limits());
  SamplePace climbing(limits());
  const Nanoseconds cost(1000);
  calm.next(point_at(milliseconds(4000), 8 * kOneMiB), cost);
  climbing.next(point_at(milliseconds(4000), kOneMiB), cost);
  EXPECT_LT(climbing.next(point_at(milliseconds(4010), 20 * kOneMiB), cost),
            calm.next(point_at(milliseconds(4010), 8 * kOneMiB), cost));
}

TEST(SamplePace, NeverCostsMoreThanOnePercent) {
  SamplePace pace(limits());
  const Nanoseconds cost = milliseconds(2);
  Nanoseconds next{0};
  for (int i = 1; i < 50; ++i)
    next = pace.next(point_at(milliseconds(i * 250), 63 * kOneMiB), cost);
  EXPECT_GE(next, cost * 99);
}

TEST(SamplePace, IsNotBlindedByACostlyFirstLook) {
  SamplePace pace(limits());
  Nanoseconds at = milliseconds(3);
  Nanoseconds cost(300'000);
  for (int i = 0; i < 5; ++i) {
    const Nanoseconds next = pace.next(point_at(at, 8 * kOneMiB), cost);
    EXPECT_LE(next, milliseconds(5));
    at += next;
    cost = Nanoseconds(50'000);
  }
}

// From there on each look has to be earned.
TEST(SamplePace, SpendsNoMoreThanAMillisecondAhead) {
  SamplePace pace(limits());
  const Nanoseconds cost(100'000);
  Nanoseconds at = milliseconds(3);
  Nanoseconds spent{0};
  while (at < seconds(2)) {
    spent += cost;
    at += pace.next(point_at(at, 60 * kOneMiB), cost);
    EXPECT_LE(spent, std::max<Nanoseconds>(milliseconds(1), at / 100 + milliseconds(1)));
  }
}

TEST(TimelineCsv, HasALinePerPointCountedFromTheJobsStart) {
  const std::string csv = timeline_csv({climbing_stage()});
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 12);
  EXPECT_THAT(csv, HasSubstr("\nrun,400.000,6291456,6291456,0,0,67108864,0.000,0.000,3\n"));
}

TEST(TimelineSvg, ExplainsItself) {
  const std::string svg = timeline_svg({climbing_stage()}, "oom: <stage> run & more");
  for (const char* part : {"<svg xmlns=", "MiB", "CPUs", "processes and threads", "limit 64 MiB",
                           ">run</text>", "class=\"killed\"", "class=\"gc\"",
                           "prefers-color-scheme: dark", "since the job began", "</svg>"}) {
    EXPECT_THAT(svg, HasSubstr(part));
  }
  EXPECT_THAT(svg, HasSubstr("oom: &lt;stage&gt; run &amp; more"));
  EXPECT_THAT(svg, testing::Not(HasSubstr("nan")));
}

TEST(TimelineSvg, OfNothingIsAPictureToo) {
  EXPECT_THAT(timeline_svg({}, "nothing"), HasSubstr("</svg>"));
  StageTimeline empty;
  EXPECT_THAT(timeline_svg({empty}, "nothing"), testing::Not(HasSubstr("nan")));
}

TEST(MemorySpark, ReachesFullHeightAtTheLimit) {
  const auto stage = climbing_stage();
  const std::string spark = memory_spark(stage.points, 60 * kOneMiB, 10);
  EXPECT_EQ(spark.substr(0, 3), "▁");
  EXPECT_EQ(spark.substr(spark.size() - 3), "█");
  EXPECT_EQ(spark.size(), 10U * 3);
  EXPECT_EQ(memory_spark({}, kOneMiB, 8), "");
  EXPECT_EQ(memory_spark(stage.points, 0, 8), "");
}

TEST(TimelineJson, CarriesPointsAndMarks) {
  const auto object = timeline_json(climbing_stage());
  EXPECT_EQ(object.at("stage").as_string(), "run");
  EXPECT_EQ(object.at("points").as_array().size(), 11U);
  EXPECT_EQ(object.at("marks").as_array().at(1).at("kind").as_string(), "killed");
}

}  // namespace
}  // namespace gobox::runner
