// SPDX-License-Identifier: Apache-2.0

#pragma once

// SweepResult: the measurements of a sweep put together: per cell the outcomes and the distribution
// of time, memory, collections and time to OOM; over a sweep of one dimension the knee of its time
// and the lines through its figures. Values; pure; thread-safe.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lab/measurement.h"
#include "lab/statistics.h"
#include "lab/sweep_plan.h"

namespace gobox::lab {

inline constexpr double kKneeTolerance = 0.10;

struct CellResult {
  std::vector<Setting> settings;
  std::vector<Measurement> samples;  // by round
  std::map<std::string, std::size_t> outcomes;
  Summary time, compile, peak, anonymous, collections, oom_time;  // ms, ms, bytes, bytes, -, ms
  std::map<std::string, Summary> figures;                         // the program's own

  // The one all ended with, otherwise the most frequent; "" without samples.
  std::string outcome() const;
  // "ok", or "oom 2, ok 1".
  std::string outcome_text() const;

  bool always(const std::string& name) const {
    return outcomes.size() == 1 && outcomes.begin()->first == name;
  }
};

// One line through a figure of the cells that ended ok, against the numbers of the one dimension.
struct Fit {
  std::string figure;  // "time", "peak memory"
  std::string unit;    // "ms", "MiB"
  Line line;
};

struct SweepResult {
  std::vector<std::string> command;
  std::string form;  // "run", "build", "exec", "test"
  std::string toolchain;
  SweepPlan plan;
  std::vector<CellResult> cells;
  std::optional<std::size_t> knee;  // cell, for one dimension
  std::vector<Fit> fits;
};

SweepResult assemble(const SweepPlan& plan, const std::vector<Measurement>& measurements);

// "knee at p=2: the first value, in the order given, whose median time is within 10 % of the best".
std::string explain_knee(const SweepResult& result);

std::string explain_fit(const SweepResult& result, const Fit& fit);

}  // namespace gobox::lab
