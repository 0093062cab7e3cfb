// SPDX-License-Identifier: Apache-2.0

#pragma once

// Measurement: what a sweep keeps of one run, and its one-line JSON. Times are milliseconds, sizes
// bytes. The time and the memory are those of the stage measured: the program's, or the compile
// stage's where nothing was run.
//
// A program may add figures of its own: lines of its stdout that are "NAME=NUMBER" and nothing else
// (at most kMaxFigures). They are the program's word, like everything it prints. Values;
// thread-safe.

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "runner/result/result.h"

namespace gobox::lab {

inline constexpr std::size_t kMaxFigures = 16;

struct Measurement {
  std::size_t cell = 0;
  std::size_t round = 0;
  std::string outcome;
  std::string stage;
  std::string message;
  std::optional<std::int64_t> exit_code;
  double time_ms = 0;
  double compile_ms = 0;
  double total_ms = 0;
  double cpu_ms = 0;
  double throttled_ms = 0;
  std::uint64_t peak_bytes = 0;
  std::uint64_t limit_bytes = 0;
  std::uint64_t anonymous_bytes = 0;  // heap and stacks at their most, where sampled
  std::uint64_t compile_peak_bytes = 0;
  std::optional<std::uint64_t> processes;  // at their most
  std::optional<std::uint64_t> collections;
  std::optional<double> pause_ms;  // of all collections
  std::optional<double> oom_ms;    // from the stage's start to its OOM kill
  std::uint64_t leftover_files = 0;
  std::map<std::string, double> figures;

  bool operator==(const Measurement&) const = default;
};

Measurement measure(const runner::JobResult& result);

std::map<std::string, double> figures_in(std::string_view text);

boost::json::object to_json(const Measurement& measurement);
Result<Measurement> measurement_from_json(const boost::json::object& object);

}  // namespace gobox::lab
