// SPDX-License-Identifier: Apache-2.0

#include "lab/sweep_result.h"

#include <algorithm>
#include <cstdio>

#include "lab/summary_text.h"

namespace gobox::lab {
namespace {

constexpr std::size_t kFewestForFit = 3;

Sample pick(const CellResult& cell, double (*figure)(const Measurement&)) {
  Sample values;
  for (const Measurement& each : cell.samples) values.push_back(figure(each));
  return values;
}

void summarize_cell(CellResult& cell) {
  cell.time = summarize(pick(cell, [](const Measurement& m) { return m.time_ms; }));
  cell.compile = summarize(pick(cell, [](const Measurement& m) { return m.compile_ms; }));
  cell.peak =
      summarize(pick(cell, [](const Measurement& m) { return static_cast<double>(m.peak_bytes); }));
  cell.anonymous = summarize(
      pick(cell, [](const Measurement& m) { return static_cast<double>(m.anonymous_bytes); }));
  Sample collections, oom_time;
  std::map<std::string, Sample> figures;
  for (const Measurement& each : cell.samples) {
    ++cell.outcomes[each.outcome];
    if (each.collections) collections.push_back(static_cast<double>(*each.collections));
    if (each.oom_ms) oom_time.push_back(*each.oom_ms);
    for (const auto& [name, value] : each.figures) figures[name].push_back(value);
  }
  cell.collections = summarize(collections);
  cell.oom_time = summarize(oom_time);
  for (const auto& [name, values] : figures) cell.figures[name] = summarize(values);
}

// A line makes sense of sizes of input, a knee of limits and knobs.
bool is_input_size(const std::string& name) {
  return name == "packages" || name == "arg" || environment_name(name).has_value();
}

std::optional<std::size_t> find_knee(const SweepResult& result) {
  if (result.plan.dimensions.size() != 1 || result.cells.size() < 3) return std::nullopt;
  if (is_input_size(result.plan.dimensions[0].name)) return std::nullopt;
  Sample costs;
  std::vector<std::size_t> cells;
  for (std::size_t i = 0; i < result.cells.size(); ++i) {
    if (!result.cells[i].always("ok")) continue;
    costs.push_back(result.cells[i].time.median);
    cells.push_back(i);
  }
  // One that works is no curve to have a knee.
  if (costs.size() < 2) return std::nullopt;
  const auto found = knee(costs, kKneeTolerance);
  return found ? std::optional(cells[*found]) : std::nullopt;
}

using Points = std::vector<std::pair<double, double>>;

void add_fit(SweepResult& result, const char* figure, const char* unit, const Points& points) {
  if (points.size() < kFewestForFit) return;
  if (const auto line = fit_line(points)) result.fits.push_back({figure, unit, *line});
}

void add_fits(SweepResult& result) {
  if (result.plan.dimensions.size() != 1) return;
  const std::string& name = result.plan.dimensions[0].name;
  if (!is_input_size(name)) return;
  Points time, memory, anonymous;
  for (const CellResult& cell : result.cells) {
    const auto x = number_of(name, cell.settings[0].value);
    if (!x) return;
    if (!cell.always("ok")) continue;
    time.emplace_back(*x, cell.time.median);
    memory.emplace_back(*x, cell.peak.median / kMiB);
    if (cell.anonymous.median > 0) anonymous.emplace_back(*x, cell.anonymous.median / kMiB);
  }
  add_fit(result, "time", "ms", time);
  add_fit(result, "peak memory", "MiB", memory);
  add_fit(result, "heap and stacks", "MiB", anonymous);
}

}  // namespace

std::string CellResult::outcome() const {
  const auto most = std::max_element(outcomes.begin(), outcomes.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  return most == outcomes.end() ? "" : most->first;
}

std::string CellResult::outcome_text() const {
  if (outcomes.size() <= 1) return outcome();
  std::string text;
  for (const auto& [name, count] : outcomes) {
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
  }
  return text;
}

SweepResult assemble(const SweepPlan& plan, const std::vector<Measurement>& measurements) {
  SweepResult result;
  result.plan = plan;
  result.cells.resize(plan.cells());
  for (std::size_t i = 0; i < result.cells.size(); ++i) result.cells[i].settings = plan.settings(i);
  for (const Measurement& each : measurements) {
    if (each.cell < result.cells.size()) result.cells[each.cell].samples.push_back(each);
  }
  for (CellResult& cell : result.cells) {
    std::sort(cell.samples.begin(), cell.samples.end(),
              [](const Measurement& a, const Measurement& b) { return a.round < b.round; });
    summarize_cell(cell);
  }
  result.knee = find_knee(result);
  add_fits(result);
  return result;
}

std::string explain_knee(const SweepResult& result) {
  if (!result.knee) return "";
  return "knee at " + describe(result.cells[*result.knee].settings) +
         ": the first value, in the order given, whose median time is within 10 % of the best one";
}

std::string explain_fit(const SweepResult& result, const Fit& fit) {
  char text[160];
  std::snprintf(text, sizeof text, "%s = %.4g %s %c %.4g %s x %s (R² = %.3f)", fit.figure.c_str(),
                fit.line.intercept, fit.unit.c_str(), fit.line.slope < 0 ? '-' : '+',
                fit.line.slope < 0 ? -fit.line.slope : fit.line.slope, fit.unit.c_str(),
                result.plan.dimensions[0].name.c_str(), fit.line.r_squared);
  return text;
}

}  // namespace gobox::lab
