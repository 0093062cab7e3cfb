// SPDX-License-Identifier: Apache-2.0

// Comparisons of measurements, and the judging of a playground's answers.

#include <boost/json.hpp>

#include "gtest/gtest.h"
#include "lab/compare.h"
#include "lab/endpoint_case.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;

Series series(const std::vector<double>& times, const std::string& outcome = "ok") {
  Series made{"memory=64M", {}};
  for (const double time : times) {
    Measurement run;
    run.outcome = outcome;
    run.time_ms = time;
    run.peak_bytes = 32 << 20;
    made.runs.push_back(run);
  }
  return made;
}

Move time_move(const std::vector<double>& before, const std::vector<double>& after) {
  for (const FigureChange& change : compare({series(before)}, {series(after)}, {}).changes) {
    if (change.figure == "time") return change.move;
  }
  return Move::kUndecided;
}

TEST(Compare, TellsAChangeFromNoise) {
  const std::vector<double> base{100, 103, 98, 101, 99, 102, 104, 97};
  EXPECT_EQ(time_move(base, {150, 152, 149, 151, 153, 148, 150, 151}), Move::kMore);
  EXPECT_EQ(time_move(base, {50, 52, 49, 51, 53, 48, 50, 51}), Move::kLess);
  EXPECT_EQ(time_move(base, {102, 99, 101, 100, 98, 103, 97, 105}), Move::kNone);
  // Significant, but below the threshold of 5 %.
  EXPECT_EQ(time_move(base, {104.2, 104.3, 104.1, 104.4, 104.2, 104.3, 104.5, 104.6}), Move::kNone);
  // A large difference of medians that the spread explains.
  EXPECT_EQ(time_move({100, 300, 90, 250, 120}, {260, 95, 280, 110, 130}), Move::kNone);
}

TEST(Compare, SmallSamplesNeedRangesThatLieApart) {
  EXPECT_EQ(time_move({100, 101, 102}, {150, 151, 152}), Move::kMore);
  EXPECT_EQ(time_move({100, 101, 160}, {150, 151, 152}), Move::kNone);
  EXPECT_EQ(time_move({100}, {200}), Move::kUndecided);
}

TEST(Compare, AnotherOutcomeIsAMoveOfItsOwn) {
  const Comparison worse = compare({series({10, 11})}, {series({10, 11}, "oom")}, {});
  ASSERT_EQ(worse.changes.size(), 1u);
  EXPECT_EQ(worse.changes[0].move, Move::kOutcomeWorse);
  EXPECT_TRUE(worse.is_worse());
  const Comparison better = compare({series({10, 11}, "oom")}, {series({10, 11})}, {});
  EXPECT_FALSE(better.is_worse());
  EXPECT_TRUE(better.has_moved());
  const json::value rendered = json::parse(comparison_json(worse));
  EXPECT_EQ(rendered.at("verdict").as_string(), "worse");
  EXPECT_NE(comparison_table(better).find("verdict: better"), std::string::npos);
}

TEST(Compare, ReadsSweepsAndResultsAndRefusesTheRest) {
  const char* result =
      R"({"outcome":"ok","total_ms":5,"stdout":"live=3\n","stages":[{"name":"compile","wall_ms":2},
          {"name":"run","wall_ms":3,"memory_peak_bytes":1048576}]})";
  const auto lines = read_series("a", std::string(result) + "\n" + result + "\n");
  ASSERT_TRUE(lines);
  ASSERT_EQ((*lines)[0].runs.size(), 2u);
  EXPECT_DOUBLE_EQ((*lines)[0].runs[0].time_ms, 3);
  EXPECT_DOUBLE_EQ((*lines)[0].runs[0].compile_ms, 2);
  EXPECT_DOUBLE_EQ((*lines)[0].runs[0].figures.at("live"), 3);
  const auto cells = read_series(
      "b", R"({"cells":[{"settings":{"p":"1"},"samples":[{"outcome":"ok","time_ms":4}]}]})");
  ASSERT_TRUE(cells);
  EXPECT_EQ((*cells)[0].settings, "p=1");
  for (const char* bad : {"", "x", "[]x", "{}", "3", R"({"cells":[3]})", R"({"cells":[{}]})"}) {
    EXPECT_FALSE(read_series("bad", bad)) << bad;
  }
}

const EndpointCase& case_named(const std::string& name) {
  for (const EndpointCase& each : endpoint_cases()) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << name;
  return endpoint_cases().front();
}

Quality judged(const std::string& name, const std::string& answer) {
  return judge_answer(case_named(name), "tokabc", json::parse(answer).as_object()).quality;
}

TEST(EndpointCase, JudgesWhatAnAnswerSays) {
  const std::string ok =
      R"({"Errors":"","Events":[{"Message":"tokabc\n","Kind":"stdout","Delay":0}],"Status":0})";
  EXPECT_EQ(judged("hello", ok), Quality::kNamed);
  EXPECT_EQ(judged("hello", R"({"Errors":"","Events":null,"Status":0})"), Quality::kWrong);
  EXPECT_EQ(judged("busy-loop", ok), Quality::kWrong);
  EXPECT_EQ(judged("busy-loop", R"({"Errors":"timeout running program"})"), Quality::kNamed);
  EXPECT_EQ(judged("memory", R"({"Errors":"","Status":137})"), Quality::kVague);
  EXPECT_EQ(judged("compile-error", R"({"Errors":"./prog.go:3:15: undefined: undefinedtokabc"})"),
            Quality::kNamed);
  EXPECT_EQ(judged("data-race", ok), Quality::kVague);
  EXPECT_NE(source_of(case_named("hello"), "tokabc").find("tokabc"), std::string::npos);
}

}  // namespace
}  // namespace gobox::lab
