// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestSettings: what `go test` is asked for: packages and flags, in go's own words, read and
// checked. One grammar for the command line and for requests over HTTP. A refusal is a caller's
// Error whose sentence names the flag. Plain data; no state.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gobox::runner {

struct TestSettings {
  // As the go command takes them, relative to where it stands: "./...", "./pkg/...", "./pkg".
  // Empty: all below.
  std::vector<std::string> packages;
  std::vector<std::string> build;   // of `go test` itself: "-cover", "-vet=off"
  std::vector<std::string> binary;  // of the test binary: "-test.run=X"
  std::string timeout = "10m0s";    // as go test has it when nothing is said
  bool verbose = false;             // -v
  bool json = false;                // -json
  bool cover = false;
  bool lists = false;    // -list: nothing runs
  bool selects = false;  // -run, -skip, -short and their like: not every declared test runs
  bool repeats = false;  // -count other than 1
  bool benches = false;
  bool brief = false;  // live output is what go test prints of benchmarks and fuzzing without -v
  std::string fuzz;    // -fuzz: the pattern
  std::string cover_profile;       // where the caller wants it; "" for none
  unsigned parallel_packages = 0;  // -p; 0: as many as processors
};

// Takes the flag at words[at], with its value where that is the next word, and returns how many
// words that were; 0: no flag of go test. "-run=X", "-run X", "--run X" and "-test.run X" are one.
Result<std::size_t> take_test_flag(const std::vector<std::string>& words, std::size_t at,
                                   TestSettings& settings);

// One flag by its name without dashes: "run", "TestA".
Result<void> set_test_flag(std::string_view name, const std::string& value, TestSettings& settings);

// What the test binary gets: the flags that go test always passes, then the caller's.
std::vector<std::string> test_binary_arguments(const TestSettings& settings, int go_minor);

// What only newer versions of Go know.
Result<void> check_for_version(const TestSettings& settings, int go_minor);

}  // namespace gobox::runner
