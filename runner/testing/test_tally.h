// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestTally: the events of one package's stream, counted up to its results; and what of them can be
// believed. The stream is shared with the tests, so nothing in it makes a pass by itself:
//   - of two results for one test the worse one stands;
//   - a package passes only when its process ended by itself with status 0 *after* the testing
//     package's closing PASS, with every test that began at its end, and, where nothing selected
//     among them, with every test its sources declare begun;
//   - a test that was running when the process ended has failed, whatever was printed about it.
// What the testing package cannot have printed is said as a doubt.
//
// Bounded: tests by kMaxTests, output by kMaxTestOutput for a test and kMaxPackageOutput for all of
// them. Not thread-safe.

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runner/testing/package_tests.h"
#include "runner/testing/test_event.h"

namespace gobox::runner {

// What the sources of a package declare.
struct DeclaredTests {
  std::set<std::string> names;     // functions Test..., Benchmark..., Fuzz..., Example...
  std::set<std::string> expected;  // those named Test...: each of them runs, unless one selects
  bool has_main = false;           // TestMain decides what runs, and may end the process itself
};

struct TallyOptions {
  DeclaredTests declared;
  bool selects = false;  // -run, -skip, -failfast, ...: not every declared test must run
  bool repeats = false;  // -count above 1: a name may begin again
  bool fuzzes = false;   // of what is fuzzed older versions do not say that it begins
};

class TestTally {
 public:
  static constexpr std::size_t kMaxTests = 100'000;
  static constexpr std::size_t kMaxTestOutput = std::size_t{64} << 10;
  static constexpr std::size_t kMaxPackageOutput = std::size_t{4} << 20;
  static constexpr std::size_t kMaxDoubts = 8;

  explicit TestTally(TallyOptions options) : options_(std::move(options)) {}

  void add(const TestEvent& event);

  // Before finish(): the process never came to the end of the tests. Whoever said PASS lied, and
  // nothing that was said of a test can be believed either.
  void deny_end();

  // Once, after the last event. `outcome`: of the stage; `result` gets the tests, the package's
  // outcome, and a message where that differs from the stage's.
  void finish(Outcome outcome, PackageTests& result);

 private:
  // The last line of its kind: a test may print another's in between.
  enum class Closing { kNone, kPass, kFail };

  struct Counted {
    TestCase test;
    bool done = false;
    std::size_t omitted = 0;  // bytes of output not kept
    std::string tail;         // the newest of what is past the first half
  };

  void begin(const std::string& name);
  void end(const TestEvent& event, TestOutcome outcome);
  void add_output(const TestEvent& event);
  void keep(Counted& of, std::string_view text);
  static std::string take_output(Counted& of);
  void note_line(std::string_view line);
  Counted* find(const std::string& name);
  void doubt(std::string sentence);
  void check_declared(const std::string& name);
  std::string reason_against_pass() const;
  void settle_running(Outcome outcome, PackageTests& result);
  void settle_kinds();
  TestOutcome kind_of_end(Outcome outcome) const;

  const TallyOptions options_;
  std::vector<Counted> tests_;
  std::map<std::string, std::size_t> index_;  // the newest of a name
  std::set<std::string> doubted_;
  std::vector<std::string> doubts_;
  Counted rest_;  // the output of no test
  std::string coverage_;
  std::size_t kept_ = 0;
  std::size_t left_out_ = 0;  // tests over kMaxTests
  Closing closing_ = Closing::kNone;
  bool panicked_ = false;
  bool timed_out_ = false;
  bool forged_ = false;
};

}  // namespace gobox::runner
