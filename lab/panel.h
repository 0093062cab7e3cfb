// SPDX-License-Identifier: Apache-2.0

#pragma once

// Panel: what one part of a sweep's picture shows: a figure of the cells, its name, unit and scale.
// Values; pure; thread-safe. Internal to the pictures of a sweep.

#include <optional>
#include <string>
#include <vector>

#include "lab/sweep_result.h"

namespace gobox::lab {

struct Panel {
  std::string name;  // "time", "peak memory", "collections"
  std::string unit;  // "ms", "MiB", ""
  double (*of_run)(const Measurement&) = nullptr;
  bool memory = false;
};

// The panels worth drawing: time and memory always, collections where there were any.
std::vector<Panel> panels_of(const SweepResult& result);

// The median over a cell's runs; nothing where it has none.
std::optional<double> value_of(const Panel& panel, const CellResult& cell);

// "64 MiB", "auto": a value of a dimension as an axis shows it.
std::string axis_label(const std::string& name, const std::string& value);

// "memory (limit of the run)": the dimension's name with its unit.
std::string axis_title(const std::string& name);

}  // namespace gobox::lab
