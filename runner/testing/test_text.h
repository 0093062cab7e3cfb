// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestText: a package's tests as `go test` prints them on a terminal: the failed tests with their
// output, then one line for the package. Pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "runner/testing/package_tests.h"
#include "runner/testing/test_event.h"

namespace gobox::runner {

// "ok  \tpkg\t0.010s", "FAIL\tpkg [build failed]", "?   \tpkg\t[no test files]"; without a newline.
std::string package_line(const PackageTests& package);

// What stands above that line when -v was not asked for: nothing of a package that passed.
std::string failure_text(const PackageTests& package);

// Of that text what speaks of the failed tests.
std::string failed_tests_text(const PackageTests& package);

// Why the package failed, where "FAIL" does not say it: no test did, or its end was more than that.
std::string failure_reason(const PackageTests& package);

// Whether go test shows this output of a benchmark, of fuzzing or of a list without -v; the event
// has output.
bool is_brief(const TestEvent& event);

// The output of a test binary for people: without the marker bytes before the testing package's
// lines.
std::string without_markers(std::string_view output);

// The closing lines: how many passed, what was slow, what was heavy. "" where nothing ran.
std::string tests_summary(const std::vector<PackageTests>& packages);

}  // namespace gobox::runner
