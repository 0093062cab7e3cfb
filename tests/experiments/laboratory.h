// SPDX-License-Identifier: Apache-2.0

#pragma once

// Sweeps run by tests and read back. A sweep that fails fails the test and gives an empty object.
// Limits of time are wide in all of them: a busy machine must not decide an outcome.

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace gobox::tests {

using Words = std::vector<std::string>;

// A file of examples/experiments.
std::string experiment(const std::string& name);

// `sandbox-run sweep --json` with generous time limits and `words`.
boost::json::object sweep(const Words& words);

// One job, `sandbox-run --json`; its result.
boost::json::object single(const Words& words);

// Of the cell whose settings hold all of `settings` ("gogc=50"); fails the test where there is
// none.
const boost::json::object& cell_of(const boost::json::object& swept, const Words& settings);

std::string outcome_of(const boost::json::object& swept, const Words& settings);
// Medians: "time_ms", "memory_peak_bytes", "anonymous_peak_bytes", "gc_count", ...; 0 where absent.
double median_of(const boost::json::object& swept, const Words& settings, const char* figure);
// The program's own.
double figure_of(const boost::json::object& swept, const Words& settings, const char* name);
double slope_of(const boost::json::object& swept, const std::string& figure);

std::string text_of(const boost::json::object& object, const char* key);

}  // namespace gobox::tests
