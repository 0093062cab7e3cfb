// SPDX-License-Identifier: Apache-2.0

#include "lab/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace gobox::lab {
namespace {

constexpr std::uint64_t kSeed = 20091110;  // a comparison repeated says the same

struct Figure {
  std::string name;
  std::string unit;
  double floor;  // differences below are the clock's and the kernel's, not the program's
  double (*of_run)(const Measurement&);
};

const std::vector<Figure>& figures() {
  static const std::vector<Figure> kAll{
      {"time", "ms", 2, [](const Measurement& m) { return m.time_ms; }},
      {"CPU time", "ms", 2, [](const Measurement& m) { return m.cpu_ms; }},
      {"compile time", "ms", 5, [](const Measurement& m) { return m.compile_ms; }},
      {"peak memory", "MiB", 0.5,
       [](const Measurement& m) { return static_cast<double>(m.peak_bytes) / 1048576; }},
      {"heap and stacks", "MiB", 0.5,
       [](const Measurement& m) { return static_cast<double>(m.anonymous_bytes) / 1048576; }}};
  return kAll;
}

std::string outcome_of(const Series& series) {
  std::map<std::string, std::size_t> counts;
  for (const Measurement& run : series.runs) ++counts[run.outcome];
  std::string text;
  for (const auto& [name, count] : counts) {
    text += (text.empty() ? "" : ", ") + name;
    if (counts.size() > 1) text += " " + std::to_string(count);
  }
  return text;
}

double ok_share(const Series& series) {
  const auto good = std::count_if(series.runs.begin(), series.runs.end(),
                                  [](const Measurement& run) { return run.outcome == "ok"; });
  return series.runs.empty() ? 0
                             : static_cast<double>(good) / static_cast<double>(series.runs.size());
}

std::set<std::string> outcomes_in(const Series& series) {
  std::set<std::string> names;
  for (const Measurement& run : series.runs) names.insert(run.outcome);
  return names;
}

// One set of outcomes on both sides is a flaky program; one side's own is a change.
FigureChange outcome_change(const Series& before, const Series& after) {
  FigureChange change;
  change.settings = before.settings;
  change.figure = "outcome";
  change.outcome_before = outcome_of(before);
  change.outcome_after = outcome_of(after);
  if (outcomes_in(before) == outcomes_in(after)) {
    change.reason = "the same outcomes on both sides";
    return change;
  }
  const double share = ok_share(after) - ok_share(before);
  change.move = share < 0   ? Move::kOutcomeWorse
                : share > 0 ? Move::kOutcomeBetter
                            : Move::kOutcomeOther;
  change.reason = "another outcome";
  return change;
}

FigureChange figure_change(const std::string& settings, const std::string& figure,
                           const std::string& unit, const Sample& before, const Sample& after) {
  FigureChange change;
  change.settings = settings;
  change.figure = figure;
  change.unit = unit;
  change.before = summarize(before);
  change.after = summarize(after);
  const RankTest test = mann_whitney(before, after);
  change.p = test.p;
  change.exact = test.exact;
  change.difference = bootstrap_difference(before, after, 0.95, kSeed);
  return change;
}

// Figures only of runs that ended alike: time to an OOM is no run time.
Series only_outcome(const Series& series, const std::string& outcome) {
  Series kept{series.settings, {}};
  for (const Measurement& run : series.runs) {
    if (run.outcome == outcome) kept.runs.push_back(run);
  }
  return kept;
}

Sample values_of(const Series& series, double (*of_run)(const Measurement&)) {
  Sample values;
  for (const Measurement& run : series.runs) values.push_back(of_run(run));
  return values;
}

Sample own_figure(const Series& series, const std::string& name) {
  Sample values;
  for (const Measurement& run : series.runs) {
    const auto found = run.figures.find(name);
    if (found != run.figures.end()) values.push_back(found->second);
  }
  return values;
}

double floor_of(const FigureChange& change) {
  for (const Figure& figure : figures()) {
    if (figure.name == change.figure) return figure.floor;
  }
  return 0;
}

// `tests`: how many p values the one of `change` was raised for.
void decide(FigureChange& change, std::size_t tests, const CompareOptions& options) {
  const double moved = change.after.median - change.before.median;
  const double least =
      std::max(options.threshold * std::abs(change.before.median), floor_of(change));
  const std::size_t before = change.before.count;
  const std::size_t after = change.after.count;
  const bool can_prove = least_p(before, after) * static_cast<double>(tests) < options.alpha;
  if (std::abs(moved) < least) {
    change.reason = "the medians differ by less than the threshold";
  } else if (before < 2 || after < 2) {
    change.move = Move::kUndecided;
    change.reason = "one run on a side tells nothing about noise";
  } else if (can_prove) {
    const bool significant = change.p < options.alpha;
    if (significant) change.move = moved > 0 ? Move::kMore : Move::kLess;
    change.reason = significant ? "Mann-Whitney, Holm-corrected" : "noise explains it";
  } else {
    const bool apart =
        change.before.most < change.after.least || change.after.most < change.before.least;
    if (apart && std::abs(moved) >= 2 * least) change.move = moved > 0 ? Move::kMore : Move::kLess;
    change.reason = change.move == Move::kNone
                        ? "too few runs for a test, and the ranges touch or lie close"
                        : "too few runs for a test; the ranges lie apart";
  }
}

void add_figures(Comparison& comparison, const Series& before, const Series& after) {
  for (const Figure& figure : figures()) {
    const Sample first = values_of(before, figure.of_run);
    const Sample second = values_of(after, figure.of_run);
    if (median(first) <= 0 && median(second) <= 0) continue;
    comparison.changes.push_back(
        figure_change(before.settings, figure.name, figure.unit, first, second));
  }
  std::set<std::string> names;
  for (const Measurement& run : before.runs) {
    for (const auto& [name, value] : run.figures) names.insert(name);
  }
  for (const std::string& name : names) {
    const Sample first = own_figure(before, name);
    const Sample second = own_figure(after, name);
    if (second.empty()) continue;
    comparison.changes.push_back(figure_change(before.settings, name, "", first, second));
  }
}

void compare_pair(Comparison& comparison, const Series& before, const Series& after) {
  const FigureChange outcome = outcome_change(before, after);
  comparison.changes.push_back(outcome);
  if (outcome.move != Move::kNone || before.runs.empty()) return;
  for (const std::string& name : outcomes_in(before)) {
    const Series first = only_outcome(before, name);
    const Series second = only_outcome(after, name);
    // Of a flaky program the runs that ended ok count; of one that never does, all.
    if (name == "ok" || outcomes_in(before).size() == 1) add_figures(comparison, first, second);
  }
}

}  // namespace

Comparison compare(const std::vector<Series>& before, const std::vector<Series>& after,
                   const CompareOptions& options) {
  Comparison comparison;
  comparison.options = options;
  const auto find = [](const std::vector<Series>& in, const std::string& settings) {
    return std::find_if(in.begin(), in.end(),
                        [&](const Series& each) { return each.settings == settings; });
  };
  for (const Series& series : before) {
    const auto other = find(after, series.settings);
    if (other == after.end()) {
      comparison.only_before.push_back(series.settings);
    } else {
      compare_pair(comparison, series, *other);
    }
  }
  for (const Series& series : after) {
    if (find(before, series.settings) == before.end()) {
      comparison.only_after.push_back(series.settings);
    }
  }
  std::vector<double> p;
  for (const FigureChange& change : comparison.changes) {
    if (change.figure != "outcome") p.push_back(change.p);
  }
  const std::vector<double> raised = holm(p);
  std::size_t at = 0;
  for (FigureChange& change : comparison.changes) {
    if (change.figure == "outcome") continue;
    change.p = raised[at++];
    decide(change, raised.size(), options);
  }
  return comparison;
}

bool Comparison::is_worse() const {
  return std::any_of(changes.begin(), changes.end(), [](const FigureChange& change) {
    return change.move == Move::kMore || change.move == Move::kOutcomeWorse ||
           change.move == Move::kOutcomeOther;
  });
}

bool Comparison::has_moved() const {
  return std::any_of(changes.begin(), changes.end(), [](const FigureChange& change) {
    return change.move != Move::kNone && change.move != Move::kUndecided;
  });
}

const char* name_of(Move move) {
  switch (move) {
    case Move::kNone:
      return "same";
    case Move::kLess:
      return "less";
    case Move::kMore:
      return "MORE";
    case Move::kOutcomeWorse:
      return "WORSE";
    case Move::kOutcomeBetter:
      return "better";
    case Move::kOutcomeOther:
      return "OTHER";
    case Move::kUndecided:
      return "undecided";
  }
  return "same";
}

}  // namespace gobox::lab
