// SPDX-License-Identifier: Apache-2.0

#include "lab/sweep_text.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <set>

#include "base/json_text.h"
#include "base/quantity.h"
#include "lab/summary_text.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;

using Row = std::vector<std::string>;

std::string time_text(double milliseconds) {
  char text[48];
  if (milliseconds >= 1000) {
    std::snprintf(text, sizeof text, "%.2f s", milliseconds / 1000);
  } else {
    std::snprintf(text, sizeof text, milliseconds < 10 ? "%.1f ms" : "%.0f ms", milliseconds);
  }
  return text;
}

std::string size_text(double bytes) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f MiB", bytes / 1048576);
  return text;
}

using Text = std::string (*)(double);

std::string with_spread(const Summary& summary, Text text) {
  if (summary.count == 0) return "-";
  if (summary.count == 1) return text(summary.median);
  return text(summary.median) + " ±" + text(summary.spread());
}

std::set<std::string> figure_names(const SweepResult& result) {
  std::set<std::string> names;
  for (const CellResult& cell : result.cells) {
    for (const auto& [name, values] : cell.figures) names.insert(name);
  }
  return names;
}

bool shows_collections(const SweepResult& result) {
  return std::any_of(result.cells.begin(), result.cells.end(),
                     [](const CellResult& cell) { return cell.collections.count > 0; });
}

bool shows_oom(const SweepResult& result) {
  return std::any_of(result.cells.begin(), result.cells.end(),
                     [](const CellResult& cell) { return cell.oom_time.count > 0; });
}

struct Columns {
  bool compile = false;
  bool collections = false;
  bool oom = false;
  std::set<std::string> figures;
};

Columns columns_of(const SweepResult& result) {
  return {result.form == "run" || result.form == "test", shows_collections(result),
          shows_oom(result), figure_names(result)};
}

Row heading(const SweepResult& result, const Columns& columns) {
  Row row;
  for (const Dimension& dimension : result.plan.dimensions) row.push_back(dimension.name);
  row.insert(row.end(), {"runs", "outcome", "time"});
  if (columns.compile) row.emplace_back("compile");
  row.insert(row.end(), {"peak", "heap+stacks"});
  if (columns.collections) row.emplace_back("GCs");
  if (columns.oom) row.emplace_back("time to OOM");
  for (const std::string& name : columns.figures) row.push_back(name);
  return row;
}

Row row_of(const CellResult& cell, const Columns& columns) {
  Row row;
  for (const Setting& setting : cell.settings) row.push_back(setting.value);
  row.push_back(std::to_string(cell.samples.size()));
  row.push_back(cell.samples.empty() ? "-" : cell.outcome_text());
  row.push_back(with_spread(cell.time, time_text));
  if (columns.compile) row.push_back(with_spread(cell.compile, time_text));
  row.push_back(with_spread(cell.peak, size_text));
  row.push_back(cell.anonymous.median > 0 ? size_text(cell.anonymous.median) : "-");
  if (columns.collections) {
    row.push_back(cell.collections.count == 0 ? "-" : number(cell.collections.median));
  }
  if (columns.oom) row.push_back(with_spread(cell.oom_time, time_text));
  for (const std::string& name : columns.figures) {
    const auto found = cell.figures.find(name);
    row.push_back(found == cell.figures.end() ? "-" : number(found->second.median));
  }
  return row;
}

// Columns a terminal shows, not bytes: "±" and "²" are two bytes each.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\n") == std::string::npos) return field;
  std::string safe = "\"";
  for (const char c : field) safe += c == '"' ? std::string("\"\"") : std::string(1, c);
  return safe + "\"";
}

template <typename T>
std::string number_or_nothing(const std::optional<T>& value) {
  return value ? number(static_cast<double>(*value)) : "";
}

json::object cell_json(const CellResult& cell) {
  json::object settings, outcomes, figures;
  for (const Setting& setting : cell.settings) settings[setting.name] = setting.value;
  for (const auto& [name, count] : cell.outcomes) outcomes[name] = count;
  for (const auto& [name, values] : cell.figures) figures[name] = summary_json(values);
  json::array samples;
  for (const Measurement& sample : cell.samples) samples.push_back(to_json(sample));
  return {{"settings", std::move(settings)},
          {"outcome", cell.outcome()},
          {"outcomes", std::move(outcomes)},
          {"time_ms", summary_json(cell.time)},
          {"compile_ms", summary_json(cell.compile)},
          {"memory_peak_bytes", summary_json(cell.peak)},
          {"anonymous_peak_bytes", summary_json(cell.anonymous)},
          {"gc_count", summary_json(cell.collections)},
          {"time_to_oom_ms", summary_json(cell.oom_time)},
          {"figures", std::move(figures)},
          {"samples", std::move(samples)}};
}

json::value knee_json(const SweepResult& result) {
  if (!result.knee) return nullptr;
  const Setting& setting = result.cells[*result.knee].settings[0];
  return {{"name", setting.name}, {"value", setting.value}, {"rule", explain_knee(result)}};
}

// Cells whose program failed by itself, each with what it said last, the first few of them.
std::string failures(const SweepResult& result) {
  constexpr int kMost = 5;
  std::string text;
  int told = 0;
  for (const CellResult& cell : result.cells) {
    const auto failed = std::find_if(cell.samples.begin(), cell.samples.end(), [](const auto& m) {
      return m.outcome == "exited" || m.outcome == "compile_error";
    });
    if (failed == cell.samples.end() || told++ >= kMost) continue;
    text += describe(cell.settings) + ": " + failed->message + "\n";
  }
  return text;
}

}  // namespace

std::string sweep_table(const SweepResult& result) {
  const Columns columns = columns_of(result);
  std::vector<Row> rows{heading(result, columns)};
  for (const CellResult& cell : result.cells) rows.push_back(row_of(cell, columns));
  std::string text = aligned(rows);
  text +=
      "median ± half the interquartile range; memory is the control group's, files read and "
      "written included\n";
  text += failures(result);
  if (result.knee) text += explain_knee(result) + "\n";
  for (const Fit& fit : result.fits) text += "fit: " + explain_fit(result, fit) + "\n";
  return text;
}

std::string sweep_csv(const SweepResult& result) {
  std::string text;
  for (const Dimension& dimension : result.plan.dimensions) text += quoted(dimension.name) + ",";
  text +=
      "round,outcome,stage,exit_code,time_ms,compile_ms,total_ms,cpu_ms,throttled_ms,"
      "memory_peak_bytes,memory_limit_bytes,anonymous_peak_bytes,compile_memory_peak_bytes,"
      "processes_peak,gc_count,gc_pause_ms,time_to_oom_ms,leftover_files";
  const auto figures = figure_names(result);
  for (const std::string& name : figures) text += "," + name;
  text += "\n";
  for (const CellResult& cell : result.cells) {
    for (const Measurement& m : cell.samples) {
      for (const Setting& setting : cell.settings) text += quoted(setting.value) + ",";
      text += std::to_string(m.round) + "," + m.outcome + "," + m.stage + "," +
              number_or_nothing(m.exit_code);
      for (const double time : {m.time_ms, m.compile_ms, m.total_ms, m.cpu_ms, m.throttled_ms}) {
        char field[40];
        std::snprintf(field, sizeof field, ",%.3f", time);
        text += field;
      }
      for (const std::uint64_t bytes :
           {m.peak_bytes, m.limit_bytes, m.anonymous_bytes, m.compile_peak_bytes}) {
        text += "," + std::to_string(bytes);
      }
      text += "," + number_or_nothing(m.processes) + "," + number_or_nothing(m.collections) + "," +
              number_or_nothing(m.pause_ms) + "," + number_or_nothing(m.oom_ms) + "," +
              std::to_string(m.leftover_files);
      for (const std::string& name : figures) {
        const auto found = m.figures.find(name);
        text += "," + (found == m.figures.end() ? std::string() : number(found->second));
      }
      text += "\n";
    }
  }
  return text;
}

std::string sweep_json(const SweepResult& result) {
  json::array dimensions, cells, fits;
  for (const Dimension& dimension : result.plan.dimensions) {
    dimensions.push_back(
        {{"name", dimension.name},
         {"values", json::array(dimension.values.begin(), dimension.values.end())}});
  }
  for (const CellResult& cell : result.cells) cells.push_back(cell_json(cell));
  for (const Fit& fit : result.fits) {
    fits.push_back({{"figure", fit.figure},
                    {"unit", fit.unit},
                    {"intercept", fit.line.intercept},
                    {"slope", fit.line.slope},
                    {"r_squared", fit.line.r_squared}});
  }
  return runner::json_text(
             json::object{{"kind", "sweep"},
                          {"version", 1},
                          {"command", json::array(result.command.begin(), result.command.end())},
                          {"form", result.form},
                          {"toolchain", result.toolchain},
                          {"seed", std::to_string(result.plan.seed)},
                          {"repeat", result.plan.rounds},
                          {"dimensions", std::move(dimensions)},
                          {"knee", knee_json(result)},
                          {"fits", std::move(fits)},
                          {"cells", std::move(cells)}}) +
         "\n";
}

}  // namespace gobox::lab
