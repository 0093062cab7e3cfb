// SPDX-License-Identifier: Apache-2.0

// Plans, dimensions, journals, searches and generated projects, without a sandbox.

#include <fstream>
#include <set>

#include "gtest/gtest.h"
#include "lab/dimension.h"
#include "lab/journal.h"
#include "lab/project.h"
#include "lab/search.h"
#include "lab/sweep_run.h"
#include "lab/sweep_svg.h"
#include "lab/sweep_text.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::lab {
namespace {

using tests::ScratchDirectory;

SweepPlan plan_of(std::size_t rounds) {
  return {{{"memory", {"16M", "32M"}}, {"gogc", {"50", "100", "off"}}}, rounds, 7};
}

Measurement run_of(const std::string& outcome, double time) {
  Measurement run;
  run.outcome = outcome;
  run.time_ms = time;
  run.peak_bytes = 1 << 20;
  return run;
}

TEST(Dimension, ReadsListsRangesAndNames) {
  const auto memory = parse_dimension("memory=64M,128M");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->values, (std::vector<std::string>{"64M", "128M"}));
  EXPECT_EQ(parse_dimension("p=1..4")->values.size(), 4u);
  EXPECT_EQ(parse_dimension("env.GODEBUG=a=1,b=2")->values[1], "b=2");
  EXPECT_EQ(parse_dimension("arg=1..4")->values.size(), 1u);
  for (const char* bad : {"memory", "=1", "memory=", "memory=1,,2", "p=1,1", "env.=1", "race=yes",
                          "colour=red", "packages=0", "p=9..1"}) {
    EXPECT_FALSE(parse_dimension(bad)) << bad;
  }
  EXPECT_EQ(flags_of({"memory", "64M"}), (std::vector<std::string>{"--memory", "64M"}));
  EXPECT_EQ(flags_of({"env.X", "1"}), (std::vector<std::string>{"--env", "X=1"}));
  EXPECT_TRUE(flags_of({"race", "off"}).empty());
}

TEST(SweepPlan, EveryRoundHasEveryCellInAnOrderOfItsOwn) {
  const SweepPlan plan = plan_of(3);
  const auto order = plan.order();
  ASSERT_EQ(order.size(), 18u);
  std::set<std::vector<std::size_t>> orders;
  for (std::size_t round = 0; round < 3; ++round) {
    std::vector<std::size_t> cells;
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_EQ(order[round * 6 + i].round, round);
      cells.push_back(order[round * 6 + i].cell);
    }
    EXPECT_EQ(std::set(cells.begin(), cells.end()).size(), 6u);
    orders.insert(cells);
  }
  EXPECT_GT(orders.size(), 1u);
  EXPECT_EQ(plan.order(), order);
  // More rounds change nothing about those before.
  const auto longer = plan_of(4).order();
  EXPECT_TRUE(std::equal(order.begin(), order.end(), longer.begin()));
  EXPECT_EQ(describe(plan.settings(4)), "memory=32M gogc=100");
}

TEST(Journal, GoesOnAfterATornLineAndRefusesAnother) {
  const ScratchDirectory scratch;
  const std::string path = scratch / "journal.jsonl";
  JournalHead head{"aa", 5};
  {
    auto journal = Journal::open(path, head);
    ASSERT_TRUE(journal);
    ASSERT_TRUE(journal->append(run_of("ok", 12.5)));
    JournalHead same{"aa", 9};
    EXPECT_FALSE(Journal::open(path, same)) << "two at a time";
  }
  std::ofstream(path, std::ios::app) << "{\"cell\":3,\"outco";
  JournalHead again{"aa", 9};
  {
    auto journal = Journal::open(path, again);
    ASSERT_TRUE(journal);
    EXPECT_EQ(again.seed, 5u);
    ASSERT_EQ(journal->measurements().size(), 1u);
    EXPECT_EQ(journal->measurements()[0], run_of("ok", 12.5));
    ASSERT_TRUE(journal->append(run_of("oom", 1)));
  }
  auto journal = Journal::open(path, again);
  ASSERT_TRUE(journal);
  EXPECT_EQ(journal->measurements().size(), 2u);
  JournalHead other{"bb", 1};
  EXPECT_FALSE(Journal::open(path, other));
}

TEST(SweepRun, GoesOnWhereItStoodWhereverItIsStopped) {
  const ScratchDirectory scratch;
  const SweepPlan plan = plan_of(3);
  std::size_t measured = 0;
  for (std::size_t session = 0;; ++session) {
    JournalHead head{"aa", 7};
    auto journal = Journal::open(scratch / "journal.jsonl", head);
    ASSERT_TRUE(journal);
    std::size_t left = session % 4;  // runs until this session is stopped
    SweepHooks hooks;
    hooks.measure = [&](const Turn&) -> Result<std::optional<Measurement>> {
      if (left == 0) return std::optional<Measurement>();
      --left;
      ++measured;
      return std::optional(run_of("ok", 1));
    };
    hooks.stopped = [] { return false; };
    hooks.progress = [](const SweepProgress&) {};
    const auto end = run_sweep(plan, *journal, hooks);
    ASSERT_TRUE(end);
    if (*end == SweepEnd::kInterrupted) continue;
    EXPECT_EQ(measured, 18u);
    const SweepResult result = assemble(plan, journal->measurements());
    for (const CellResult& cell : result.cells) EXPECT_EQ(cell.samples.size(), 3u);
    break;
  }
}

TEST(SweepResult, SaysOutcomesKneeAndFit) {
  SweepPlan plan{{{"p", {"1", "2", "4", "8"}}}, 2, 1};
  std::vector<Measurement> runs;
  for (const auto& [cell, time] : {std::pair{0, 100.0}, {1, 54.0}, {2, 50.0}, {3, 51.0}}) {
    for (std::size_t round = 0; round < 2; ++round) {
      Measurement run = run_of("ok", time);
      run.cell = static_cast<std::size_t>(cell);
      run.round = round;
      runs.push_back(run);
    }
  }
  const SweepResult result = assemble(plan, runs);
  EXPECT_EQ(result.knee, 1u);
  EXPECT_NE(explain_knee(result).find("p=2"), std::string::npos);
  EXPECT_TRUE(result.fits.empty());
  EXPECT_NE(sweep_table(result).find("knee at p=2"), std::string::npos);
  EXPECT_NE(sweep_pictures(result, "a <title>")[0].second.find("a &lt;title&gt;"),
            std::string::npos);

  plan.dimensions[0].name = "packages";
  const SweepResult sized = assemble(plan, runs);
  EXPECT_FALSE(sized.knee);
  EXPECT_FALSE(sized.fits.empty());

  runs[0].outcome = "oom";
  EXPECT_EQ(assemble(plan, runs).cells[0].outcome_text(), "ok 1, oom 1");
}

TEST(Measurement, SurvivesItsJson) {
  Measurement run = run_of("oom", 3.25);
  run.collections = 4;
  run.oom_ms = 3.25;
  run.exit_code = -1;
  run.figures = {{"live", 24}};
  const auto read = measurement_from_json(to_json(run));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, run);
  EXPECT_EQ(figures_in("a=1\nnot a figure\nb = 2\nc=x\n_d=-2.5\n"),
            (std::map<std::string, double>{{"a", 1}, {"_d", -2.5}}));
}

// Ends ok from `edge` on.
SearchRun from(std::uint64_t edge, std::size_t& runs) {
  return [edge, &runs](std::uint64_t value, std::size_t) -> Result<std::optional<std::string>> {
    ++runs;
    return std::optional<std::string>(value >= edge ? "ok" : "oom");
  };
}

TEST(Search, FindsTheSmallestOfAnyEdge) {
  for (const std::uint64_t edge : {17ULL, 100ULL, 1000ULL, 4096ULL}) {
    SearchPlan plan = *parse_search("memory=4M..1G");
    std::size_t runs = 0;
    const auto found = search(plan, from(edge, runs));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->end, SearchEnd::kFound);
    EXPECT_GE(found->value, edge);
    EXPECT_LE(static_cast<double>(found->value), static_cast<double>(edge) * 1.03 + 1);
    EXPECT_GE(found->tries.at(found->value).ok, plan.confirm);
    EXPECT_LT(runs, 80u);
    EXPECT_NE(explain(plan, *found).find("74 %"), std::string::npos) << explain(plan, *found);
  }
}

TEST(Search, StepsAwayFromAFlakyEdge) {
  SearchPlan plan = *parse_search("memory=4M..1G");
  // Between 400 and 440 the first three runs end ok and the fourth does not.
  const SearchRun flaky = [](std::uint64_t value,
                             std::size_t round) -> Result<std::optional<std::string>> {
    const bool good = value >= 440 || (value >= 400 && round < 3);
    return std::optional<std::string>(good ? "ok" : "oom");
  };
  const auto found = search(plan, flaky);
  ASSERT_TRUE(found);
  EXPECT_GE(found->value, 440u);
  EXPECT_LT(found->value, 480u);
}

TEST(Search, LargestNowhereEverywhereInterrupted) {
  SearchPlan plan = *parse_search("p=1..64");
  const SearchRun up_to_9 = [](std::uint64_t value,
                               std::size_t) -> Result<std::optional<std::string>> {
    return std::optional<std::string>(value <= 9 ? "ok" : "oom");
  };
  EXPECT_EQ(search(plan, up_to_9)->value, 9u);
  std::size_t runs = 0;
  EXPECT_EQ(search(*parse_search("memory=4M..8M"), from(1000, runs))->end, SearchEnd::kNowhere);
  EXPECT_EQ(search(*parse_search("memory=4M..8M"), from(1, runs))->end, SearchEnd::kEverywhere);
  const SearchRun never = [](std::uint64_t, std::size_t) -> Result<std::optional<std::string>> {
    return std::optional<std::string>();
  };
  EXPECT_EQ(search(plan, never)->end, SearchEnd::kInterrupted);
  for (const char* bad : {"colour", "arg", "memory=1G..1M", "memory=64M", "p=0..3"}) {
    EXPECT_FALSE(parse_search(bad)) << bad;
  }
}

TEST(Project, EachShapeIsAModuleOfItsSize) {
  for (const char* name :
       {"flat", "deep", "diamond", "functions", "generics", "literal", "reflect"}) {
    const auto small = make_project(*parse_shape(name), 25);
    const auto large = make_project(*parse_shape(name), 50);
    ASSERT_TRUE(small) << name;
    ASSERT_TRUE(large) << name;
    EXPECT_NE(runner::find_file(*small, "go.mod"), nullptr);
    EXPECT_NE(runner::find_file(*small, "main.go"), nullptr);
    const auto bytes = [](const runner::Workspace& workspace) {
      std::size_t sum = 0;
      for (const auto& file : workspace.files) sum += file.bytes.size();
      return sum;
    };
    EXPECT_GT(bytes(*large), bytes(*small));
  }
  EXPECT_EQ(make_project(Shape::kFlat, 2000)->files.size(), 2002u);
  EXPECT_FALSE(make_project(Shape::kFlat, 0));
  EXPECT_FALSE(make_project(Shape::kFlat, 5001));
  EXPECT_FALSE(parse_shape("round"));
}

}  // namespace
}  // namespace gobox::lab
