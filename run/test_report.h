// SPDX-License-Identifier: Apache-2.0

#pragma once

// TestReport: what `sandbox-run test` prints while tests run: as `go test` does on a terminal, or
// go's own stream for -json. Under GitHub Actions failures are marked in their files too, and what
// tests print cannot give the runner commands.

#include <cstddef>
#include <string>

#include "run/dump_shortener.h"
#include "runner/job/job.h"
#include "runner/result/result.h"

namespace gobox::run {

class TestReport {
 public:
  struct Style {
    bool verbose = false;  // what the tests print comes live: -v, or in brief
    bool brief = false;    // not -v, but benchmarks, fuzzing or a list
    bool json = false;     // -json
    bool colour = false;
    bool progress = false;  // a line on stderr that is written over and over
    bool github = false;
    bool raw = false;  // long goroutine dumps as they came
  };

  // As flags, streams and environment ask for.
  static Style style_of(const runner::TestSettings& settings);

  explicit TestReport(Style style);
  ~TestReport();
  TestReport(const TestReport&) = delete;
  TestReport& operator=(const TestReport&) = delete;

  // Tells this report; it must outlive the job.
  runner::JobObserver observer();

  // The last line of go test, where something failed.
  void finish(const runner::JobResult& result);

 private:
  void on_output(runner::StageKind kind, bool is_stderr, std::string_view bytes);
  void on_test(const runner::TestEvent& event);
  void on_package(const runner::PackageTests& package);
  std::string shortened(const std::string& text) const;
  std::string painted(const std::string& line) const;
  void show_progress(const std::string& package);
  void clear_progress();

  const Style style_;
  DumpShortener dumps_;  // -v: of what passes as it comes
  std::string token_;    // ends the time in which GitHub takes no commands
  std::size_t done_ = 0;
  bool failed_ = false;
  bool progress_shown_ = false;
};

// "::error file=a/a_test.go,line=3,title=TestA::said": of failed tests and builds, each on a line.
std::string github_annotations(const runner::PackageTests& package);

}  // namespace gobox::run
