// SPDX-License-Identifier: Apache-2.0

// A Comparison read from files, and as a table and as JSON (declared in compare.h).

#include <boost/json.hpp>
#include <cstdio>

#include "base/json_fields.h"
#include "base/json_text.h"
#include "lab/compare.h"
#include "lab/summary_text.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;

// One result of `sandbox-run --json`.
Result<Measurement> measurement_of_result(const json::object& result) {
  Measurement run;
  const json::value* outcome = result.if_contains("outcome");
  const json::value* stages = result.if_contains("stages");
  if (outcome == nullptr || !outcome->is_string() || stages == nullptr || !stages->is_array()) {
    return Error::caller("neither a sweep nor a result of sandbox-run --json");
  }
  run.outcome = std::string(outcome->get_string());
  run.total_ms = number_at(result, "total_ms");
  for (const json::value& each : stages->get_array()) {
    if (!each.is_object()) continue;
    const json::object& stage = each.get_object();
    const json::value* name = stage.if_contains("name");
    const std::string stage_name =
        name != nullptr && name->is_string() ? std::string(name->get_string()) : "";
    if (stage_name == "vet") continue;
    run.time_ms = number_at(stage, "wall_ms");
    run.cpu_ms = number_at(stage, "cpu_user_ms") + number_at(stage, "cpu_system_ms");
    run.peak_bytes = static_cast<std::uint64_t>(number_at(stage, "memory_peak_bytes"));
    run.limit_bytes = static_cast<std::uint64_t>(number_at(stage, "memory_limit_bytes"));
    if (stage_name == "compile") run.compile_ms += run.time_ms;
  }
  const json::value* output = result.if_contains("stdout");
  if (output != nullptr && output->is_string()) {
    run.figures = figures_in(std::string(output->get_string()));
  }
  return run;
}

Result<Series> series_of_cell(const json::object& cell) {
  Series series;
  const json::value* settings = cell.if_contains("settings");
  const json::value* samples = cell.if_contains("samples");
  if (settings == nullptr || !settings->is_object() || samples == nullptr || !samples->is_array()) {
    return Error::caller("a cell without settings or samples");
  }
  std::vector<Setting> parts;
  for (const auto& [name, value] : settings->get_object()) {
    if (value.is_string()) parts.push_back({std::string(name), std::string(value.get_string())});
  }
  series.settings = describe(parts);
  for (const json::value& sample : samples->get_array()) {
    if (!sample.is_object()) return Error::caller("a sample that is no object");
    series.runs.push_back(TRY(measurement_from_json(sample.get_object())));
  }
  return series;
}

Result<std::vector<Series>> series_of_sweep(const json::array& cells) {
  std::vector<Series> all;
  for (const json::value& cell : cells) {
    if (!cell.is_object()) return Error::caller("a cell that is no object");
    all.push_back(TRY(series_of_cell(cell.get_object())));
  }
  return all;
}

Result<std::vector<Series>> series_of_values(const std::vector<json::value>& values) {
  Series series;
  for (const json::value& value : values) {
    if (!value.is_object()) return Error::caller("a result that is no object");
    series.runs.push_back(TRY(measurement_of_result(value.get_object())));
  }
  return std::vector<Series>{std::move(series)};
}

Result<std::vector<Series>> parse_series(std::string_view text) {
  std::vector<json::value> values;
  json::stream_parser parser;
  boost::system::error_code failed;
  while (text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    parser.reset();
    const std::size_t used = parser.write_some(text.data(), text.size(), failed);
    if (!failed && !parser.done()) parser.finish(failed);
    if (failed) return Error::caller("not JSON: " + failed.message());
    values.push_back(parser.release());
    text.remove_prefix(used);
  }
  if (values.empty()) return Error::caller("is empty");
  if (values.size() == 1 && values[0].is_array()) {
    const json::array& list = values[0].get_array();
    return series_of_values({list.begin(), list.end()});
  }
  if (values.size() == 1 && values[0].is_object()) {
    const json::value* cells = values[0].get_object().if_contains("cells");
    if (cells != nullptr && cells->is_array()) return series_of_sweep(cells->get_array());
  }
  return series_of_values(values);
}

std::string percent(const FigureChange& change) {
  if (change.before.median <= 0) return "";
  char text[48];
  std::snprintf(text, sizeof text, "%+.1f %%",
                100 * (change.after.median / change.before.median - 1));
  return text;
}

std::string line_of(const FigureChange& change) {
  char text[320];
  if (change.figure == "outcome") {
    std::snprintf(text, sizeof text, "  %-9s outcome: %s -> %s\n", name_of(change.move),
                  change.outcome_before.c_str(), change.outcome_after.c_str());
    return text;
  }
  std::snprintf(text, sizeof text,
                "  %-9s %-16s %9s -> %9s %-4s %9s  95 %% of the difference: %s to %s, p = %.3g%s, "
                "n = %zu and %zu: %s\n",
                name_of(change.move), change.figure.c_str(), number(change.before.median).c_str(),
                number(change.after.median).c_str(), change.unit.c_str(), percent(change).c_str(),
                number(change.difference.low).c_str(), number(change.difference.high).c_str(),
                change.p, change.exact ? "" : " (approximated)", change.before.count,
                change.after.count, change.reason.c_str());
  return text;
}

json::object change_json(const FigureChange& change) {
  if (change.figure == "outcome") {
    return {{"settings", change.settings},     {"figure", "outcome"},
            {"before", change.outcome_before}, {"after", change.outcome_after},
            {"verdict", name_of(change.move)}, {"reason", change.reason}};
  }
  return {{"settings", change.settings},
          {"figure", change.figure},
          {"unit", change.unit},
          {"before", summary_json(change.before)},
          {"after", summary_json(change.after)},
          {"difference_low", change.difference.low},
          {"difference_high", change.difference.high},
          {"p", change.p},
          {"p_exact", change.exact},
          {"verdict", name_of(change.move)},
          {"reason", change.reason}};
}

}  // namespace

Result<std::vector<Series>> read_series(const std::string& name, std::string_view text) {
  auto series = parse_series(text);
  if (!series) return std::move(series).error().within(name);
  return series;
}

std::string comparison_table(const Comparison& comparison) {
  std::string text;
  std::string settings = "\n";
  for (const FigureChange& change : comparison.changes) {
    if (change.settings != settings && !change.settings.empty()) text += change.settings + "\n";
    settings = change.settings;
    text += line_of(change);
  }
  for (const std::string& each : comparison.only_before)
    text += "only in the first: " + each + "\n";
  for (const std::string& each : comparison.only_after)
    text += "only in the second: " + each + "\n";
  text += "medians; two-sided Mann-Whitney test, p raised by Holm for " +
          std::to_string(comparison.changes.size()) +
          " lines, bootstrapped interval; a change counts from " +
          number(comparison.options.threshold * 100) + " % and p < " +
          number(comparison.options.alpha) + "\n";
  text += comparison.is_worse()    ? "verdict: worse\n"
          : comparison.has_moved() ? "verdict: better\n"
                                   : "verdict: no change beyond noise\n";
  return text;
}

std::string comparison_json(const Comparison& comparison) {
  json::array changes;
  for (const FigureChange& change : comparison.changes) changes.push_back(change_json(change));
  return runner::json_text(json::object{{"kind", "comparison"},
                                        {"verdict", comparison.is_worse()    ? "worse"
                                                    : comparison.has_moved() ? "better"
                                                                             : "same"},
                                        {"statistics",
                                         {{"test", "Mann-Whitney U, two-sided"},
                                          {"correction", "Holm"},
                                          {"interval", "bootstrapped difference of medians, 95 %"},
                                          {"alpha", comparison.options.alpha},
                                          {"threshold", comparison.options.threshold}}},
                                        {"changes", std::move(changes)},
                                        {"only_before", json::array(comparison.only_before.begin(),
                                                                    comparison.only_before.end())},
                                        {"only_after", json::array(comparison.only_after.begin(),
                                                                   comparison.only_after.end())}}) +
         "\n";
}

}  // namespace gobox::lab
