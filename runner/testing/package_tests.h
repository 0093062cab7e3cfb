// SPDX-License-Identifier: Apache-2.0

#pragma once

// PackageTests: what is said about the tests of one package. Plain data; runner/testing/test_tally
// fills it from the package's output, the job's flow from the verdict on its sandbox.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "runner/outcome/outcome.h"

namespace gobox::runner {

enum class TestOutcome {
  kPass,
  kSkip,
  kFail,
  kRace,
  kPanic,
  kTimeout,
};

// "pass", "skip", ...: the contract's words.
const char* name_of(TestOutcome outcome);

inline bool is_failure(TestOutcome outcome) {
  return outcome != TestOutcome::kPass && outcome != TestOutcome::kSkip;
}

struct TestCase {
  std::string name;  // "TestA/sub"
  TestOutcome outcome = TestOutcome::kPass;
  Nanoseconds elapsed{0};
  std::string output;  // without the testing package's framing; bounded, see TestTally
};

struct PackageTests {
  // How far a package came.
  enum class State {
    kNoTests,      // it has no test files
    kBuildFailed,  // the go command could not load, check or compile it
    kNotRun,       // the job ended before its turn
    kRan,
  };

  std::string package;    // its import path
  std::string directory;  // below the workspace; "" is its top
  State state = State::kRan;
  // By the table of stages; where `stage` is test, never ok unless the tests themselves said so.
  Outcome outcome = Outcome::kOk;
  StageKind stage = StageKind::kTest;  // that decided
  std::string message;
  Nanoseconds elapsed{0};
  std::optional<double> coverage;    // per cent of statements
  std::string coverage_text;         // as the test binary put it: "coverage: 83.3% of statements"
  std::vector<TestCase> tests;       // as they began
  std::string output;                // of no test: what init, TestMain or a crash printed; bounded
  std::vector<std::string> running;  // at the end: who hung, panicked or ended the process
  std::vector<std::string> doubts;   // what in the output the testing package cannot have printed
  std::uint64_t memory_peak_bytes = 0;
  Nanoseconds cpu{0};
  std::string build_output;  // kBuildFailed: what the go command said

  bool passed() const { return outcome == Outcome::kOk; }
};

// "ran", "no_tests", "build_failed", "not_run".
const char* name_of(PackageTests::State state);

}  // namespace gobox::runner
