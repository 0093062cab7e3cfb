// SPDX-License-Identifier: Apache-2.0

#pragma once

// Comparison: whether time, memory or outcome moved between two sets of measurements by more than
// noise explains.
//
// Each side is a sweep's JSON, one result of `sandbox-run --json`, or such results one a line.
// Cells of the same settings are compared, per figure, by the Mann-Whitney test; the p values are
// raised for their number (Holm), and the median's difference gets a bootstrapped 95 % interval. A
// figure moved when p < alpha and the medians differ by at least the threshold. With so few runs
// that no difference could be significant, it moved when the two ranges do not even touch and the
// medians differ by twice the threshold; with one run on a side nothing is said but the outcome.
//
// Figures of runs with different outcomes are never compared: the outcome moved. Values; pure;
// thread-safe. A file that is none of these is a caller's Error.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lab/dimension.h"
#include "lab/measurement.h"
#include "lab/statistics.h"

namespace gobox::lab {

// One side: groups of runs with the same settings, in order.
struct Series {
  std::string settings;  // "memory=64M gogc=50"; "" for plain results
  std::vector<Measurement> runs;
};

Result<std::vector<Series>> read_series(const std::string& name, std::string_view text);

struct CompareOptions {
  double threshold = 0.05;  // of the first side's median
  double alpha = 0.05;
};

enum class Move { kNone, kLess, kMore, kOutcomeWorse, kOutcomeBetter, kOutcomeOther, kUndecided };

struct FigureChange {
  std::string settings;
  std::string figure;  // "time", "peak memory", "compile time", "outcome", or the program's own
  std::string unit;
  Summary before, after;
  double p = 1;  // as raised
  bool exact = true;
  Interval difference;  // of the medians, 95 %
  Move move = Move::kNone;
  std::string reason;  // by what rule
  std::string outcome_before, outcome_after;
};

struct Comparison {
  std::vector<FigureChange> changes;
  std::vector<std::string> only_before, only_after;  // settings
  CompareOptions options;

  bool is_worse() const;
  bool has_moved() const;
};

Comparison compare(const std::vector<Series>& before, const std::vector<Series>& after,
                   const CompareOptions& options);

std::string comparison_table(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);

const char* name_of(Move move);

}  // namespace gobox::lab
