// SPDX-License-Identifier: Apache-2.0

#include "lab/panel.h"

#include <algorithm>

#include "base/quantity.h"
#include "lab/summary_text.h"

namespace gobox::lab {
namespace {}  // namespace

std::vector<Panel> panels_of(const SweepResult& result) {
  const auto any = [&](auto holds) {
    return std::any_of(result.cells.begin(), result.cells.end(), holds);
  };
  const bool seconds = any([](const CellResult& cell) { return cell.time.median >= 2000; });
  std::vector<Panel> panels;
  if (seconds) {
    panels.push_back({"time", "s", [](const Measurement& m) { return m.time_ms / 1000; }});
  } else {
    panels.push_back({"time", "ms", [](const Measurement& m) { return m.time_ms; }});
  }
  panels.push_back({"peak memory", "MiB",
                    [](const Measurement& m) { return static_cast<double>(m.peak_bytes) / kMiB; },
                    true});
  if (any([](const CellResult& cell) { return cell.anonymous.median > 0; })) {
    panels.push_back(
        {"heap and stacks at their most", "MiB",
         [](const Measurement& m) { return static_cast<double>(m.anonymous_bytes) / kMiB; }, true});
  }
  if (any([](const CellResult& cell) { return cell.collections.most > 0; })) {
    panels.push_back({"garbage collections", "", [](const Measurement& m) {
                        return static_cast<double>(m.collections.value_or(0));
                      }});
  }
  return panels;
}

std::optional<double> value_of(const Panel& panel, const CellResult& cell) {
  if (cell.samples.empty()) return std::nullopt;
  Sample values;
  for (const Measurement& each : cell.samples) values.push_back(panel.of_run(each));
  return median(values);
}

std::string axis_label(const std::string& name, const std::string& value) {
  if (unit_of(name) == Unit::kBytes) {
    if (const auto bytes = parse_size(name, value)) return format_size(*bytes);
  }
  constexpr std::size_t kLongest = 18;
  return value.size() > kLongest ? value.substr(0, kLongest - 1) + "…" : value;
}

std::string axis_title(const std::string& name) {
  if (name == "memory") return "memory limit of the run (--memory)";
  if (name == "compile-memory") return "memory limit of compiling (--compile-memory)";
  if (name == "gogc") return "GOGC";
  if (name == "gomemlimit") return "GOMEMLIMIT";
  if (name == "p") return "go build -p";
  if (name == "packages") return "size of the generated project";
  if (name == "cpus") return "CPUs (--cpus)";
  if (name == "pids") return "processes and threads (--pids)";
  if (name == "race") return "race detector";
  if (name == "arg") return "argument";
  if (const auto variable = environment_name(name)) return *variable;
  return name;
}

}  // namespace gobox::lab
