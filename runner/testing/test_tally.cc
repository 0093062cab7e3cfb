// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_tally.h"

#include <algorithm>
#include <cstdlib>

#include "base/line.h"

namespace gobox::runner {
namespace {

std::string_view top_name(std::string_view test) {
  return test.substr(0, test.find('/'));
}

bool is_benchmark(std::string_view test) {
  return test.starts_with("Benchmark");
}

// The testing package's own lines about a test; its output is what remains.
bool is_framing(std::string_view line) {
  if (line.starts_with("=== ")) return true;
  const std::size_t text = line.find_first_not_of(' ');
  if (text == std::string_view::npos || text % 4 != 0) return false;
  line.remove_prefix(text);
  return line.starts_with("--- PASS: ") || line.starts_with("--- FAIL: ") ||
         line.starts_with("--- SKIP: ");
}

std::optional<double> coverage_of(std::string_view line) {
  constexpr std::string_view kWord = "coverage: ";
  if (!line.starts_with(kWord)) return std::nullopt;
  const std::size_t percent_sign = line.find('%');
  if (percent_sign == std::string_view::npos) return std::nullopt;
  const std::string figure(line.substr(kWord.size(), percent_sign - kWord.size()));
  char* end = nullptr;
  const double percent = std::strtod(figure.c_str(), &end);
  const bool whole = !figure.empty() && end == figure.c_str() + figure.size();
  return whole && percent >= 0 && percent <= 100 ? std::optional(percent) : std::nullopt;
}

bool has_line_with(const std::string& output, std::string_view words) {
  return output.find(words) != std::string::npos;
}

}  // namespace

const char* name_of(TestOutcome outcome) {
  switch (outcome) {
    case TestOutcome::kSkip:
      return "skip";
    case TestOutcome::kFail:
      return "fail";
    case TestOutcome::kRace:
      return "race";
    case TestOutcome::kPanic:
      return "panic";
    case TestOutcome::kTimeout:
      return "timeout";
    case TestOutcome::kPass:
      break;
  }
  return "pass";
}

const char* name_of(PackageTests::State state) {
  switch (state) {
    case PackageTests::State::kNoTests:
      return "no_tests";
    case PackageTests::State::kBuildFailed:
      return "build_failed";
    case PackageTests::State::kNotRun:
      return "not_run";
    case PackageTests::State::kRan:
      break;
  }
  return "ran";
}

void TestTally::add(const TestEvent& event) {
  if (event.action == "output") {
    add_output(event);
    return;
  }
  if (event.test.empty()) return;
  if (event.action == "run") begin(event.test);
  if (event.action == "pass") end(event, TestOutcome::kPass);
  if (event.action == "skip") end(event, TestOutcome::kSkip);
  if (event.action == "fail") end(event, TestOutcome::kFail);
  if (event.action == "bench" && find(event.test) != nullptr) end(event, TestOutcome::kPass);
}

void TestTally::begin(const std::string& name) {
  Counted* const known = find(name);
  if (known != nullptr && !options_.repeats) {
    if (!is_benchmark(name)) doubt(name + " began twice");
    return;
  }
  check_declared(name);
  if (tests_.size() >= kMaxTests) {
    ++left_out_;
    return;
  }
  index_[name] = tests_.size();
  tests_.emplace_back().test.name = name;
}

void TestTally::end(const TestEvent& event, TestOutcome outcome) {
  Counted* test = find(event.test);
  if (test == nullptr) {
    if (left_out_ > 0) return;
    const bool silent = options_.fuzzes && event.test.starts_with("Fuzz");
    if (!silent) doubt("a result of " + event.test + " came, which had not begun");
    begin(event.test);
    test = find(event.test);
    if (test == nullptr) return;
    // What has not run has not passed.
    if (!silent && !is_benchmark(event.test)) outcome = TestOutcome::kFail;
  }
  if (test->done) doubt("two results of " + event.test + " came");
  // Of two results the worse one.
  const bool stands = test->done && is_failure(test->test.outcome);
  if (!stands && !(test->done && outcome == TestOutcome::kPass)) test->test.outcome = outcome;
  test->done = true;
  const double seconds = event.elapsed.value_or(0);
  test->test.elapsed = Nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

void TestTally::add_output(const TestEvent& event) {
  const std::string& text = *event.output;
  const std::string_view line = trimmed(text);
  note_line(line);
  Counted* const test = event.test.empty() ? nullptr : find(event.test);
  const bool closing = test == nullptr && (line == "PASS" || line == "FAIL");
  if (closing || is_framing(text) || line == coverage_) return;
  keep(test == nullptr ? rest_ : *test, text);
}

void TestTally::keep(Counted& of, std::string_view text) {
  if (kept_ >= kMaxPackageOutput) {
    of.omitted += text.size();
    return;
  }
  kept_ += text.size();
  if (of.test.output.size() < kMaxTestOutput / 2) {
    of.test.output += text;
    return;
  }
  of.tail += text;
  if (of.tail.size() <= kMaxTestOutput) return;
  // Cut behind a line, so that no character is cut in two.
  std::size_t extra = of.tail.size() - kMaxTestOutput / 2;
  const std::size_t newline = of.tail.find('\n', extra);
  if (newline != std::string::npos) extra = newline + 1;
  of.tail.erase(0, extra);
  of.omitted += extra;
  kept_ -= extra;
}

std::string TestTally::take_output(Counted& of) {
  std::string output = std::move(of.test.output);
  if (of.omitted > 0) {
    if (!output.empty() && !output.ends_with('\n')) output += '\n';
    output += "[" + std::to_string(of.omitted) + " bytes left out]\n";
  }
  return output + of.tail;
}

void TestTally::note_line(std::string_view line) {
  if (line == "PASS") closing_ = Closing::kPass;
  if (line == "FAIL") closing_ = Closing::kFail;
  if (line.starts_with("panic: test timed out after ")) timed_out_ = true;
  if (line.starts_with("panic: ") || line.starts_with("fatal error: ")) panicked_ = true;
  if (coverage_of(line) || line == "coverage: [no statements]") coverage_ = std::string(line);
}

TestTally::Counted* TestTally::find(const std::string& name) {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tests_[found->second];
}

void TestTally::doubt(std::string sentence) {
  if (doubts_.size() < kMaxDoubts && doubted_.insert(sentence).second) {
    doubts_.push_back(std::move(sentence));
  }
}

// A subtest's name is made as the tests run; the outer one's stands in the sources.
void TestTally::check_declared(const std::string& name) {
  const auto& names = options_.declared.names;
  if (name.find('/') != std::string::npos || names.empty()) return;
  // -cpu puts "-2" behind a name.
  const std::string base = name.substr(0, name.find('-'));
  if (!names.contains(base)) doubt(name + " is not among the tests its sources declare");
}

void TestTally::deny_end() {
  if (closing_ != Closing::kPass) return;
  closing_ = Closing::kNone;
  forged_ = true;
  doubt("PASS was printed, yet the testing package did not come to its end");
}

void TestTally::finish(Outcome outcome, PackageTests& result) {
  const std::string reason = outcome == Outcome::kOk ? reason_against_pass() : "";
  result.outcome = reason.empty() ? outcome : Outcome::kExited;
  if (!reason.empty()) result.message = reason;
  settle_kinds();
  settle_running(result.outcome, result);
  result.coverage = coverage_of(coverage_);
  result.coverage_text = coverage_;
  if (left_out_ > 0) {
    doubt(std::to_string(left_out_) + " more tests began than are listed");
  }
  for (Counted& each : tests_) {
    each.test.output = take_output(each);
    result.tests.push_back(std::move(each.test));
  }
  result.output = take_output(rest_);
  result.doubts = std::move(doubts_);
}

std::string TestTally::reason_against_pass() const {
  if (closing_ == Closing::kFail) return "exited with status 0 after it had said FAIL";
  if (closing_ == Closing::kNone) {
    if (tests_.empty() && options_.declared.has_main) return "";  // TestMain's own decision
    return "exited with status 0 before its tests were over";
  }
  for (const Counted& each : tests_) {
    if (is_benchmark(each.test.name)) continue;
    if (!each.done) return "exited with status 0 while " + each.test.name + " was running";
    if (is_failure(each.test.outcome)) {
      return "exited with status 0 although " + each.test.name + " failed";
    }
  }
  if (options_.selects || options_.declared.has_main) return "";
  for (const std::string& name : options_.declared.expected) {
    const auto began = std::any_of(tests_.begin(), tests_.end(), [&](const Counted& each) {
      const std::string_view top = top_name(each.test.name);
      return top == name || (top.starts_with(name) && top[name.size()] == '-');
    });
    if (!began) return "exited with status 0, and " + name + " had not run";
  }
  return "";
}

// A failure's kind, from what stands in its own output.
void TestTally::settle_kinds() {
  for (Counted& each : tests_) {
    if (!each.done || each.test.outcome != TestOutcome::kFail) continue;
    const std::string text = each.test.output + each.tail;
    if (has_line_with(text, "panic: test timed out after ")) {
      each.test.outcome = TestOutcome::kTimeout;
    } else if (text.starts_with("panic: ") || has_line_with(text, "\npanic: ") ||
               has_line_with(text, "\nfatal error: ") || text.starts_with("fatal error: ")) {
      each.test.outcome = TestOutcome::kPanic;
    } else if (has_line_with(text, "race detected during execution of test")) {
      each.test.outcome = TestOutcome::kRace;
    }
  }
}

TestOutcome TestTally::kind_of_end(Outcome outcome) const {
  if (outcome == Outcome::kTimeout || timed_out_) return TestOutcome::kTimeout;
  if (panicked_) return TestOutcome::kPanic;
  return TestOutcome::kFail;
}

void TestTally::settle_running(Outcome outcome, PackageTests& result) {
  const bool passed = outcome == Outcome::kOk;
  const TestOutcome kind = kind_of_end(outcome);
  for (Counted& each : tests_) {
    if (forged_ && each.done && !is_failure(each.test.outcome)) each.test.outcome = kind;
  }
  bool any = false;
  for (Counted& each : tests_) {
    if (each.done) continue;
    any = true;
    if (passed) continue;  // a benchmark, which gets no line of its own
    each.test.outcome = kind;
    // Of a test and its subtest the subtest says more.
    while (!result.running.empty() && each.test.name.starts_with(result.running.back() + "/")) {
      result.running.pop_back();
    }
    result.running.push_back(each.test.name);
  }
  // The process ended in the middle, and every test claims to be over: the last of them lied.
  const bool middle = closing_ == Closing::kNone && outcome != Outcome::kLeakedProcesses;
  if (passed || any || !middle || tests_.empty()) return;
  const bool failed = std::any_of(tests_.begin(), tests_.end(), [](const Counted& each) {
    return is_failure(each.test.outcome);
  });
  if (failed) return;
  tests_.back().test.outcome = kind;
  result.running.push_back(tests_.back().test.name);
  doubt(tests_.back().test.name +
        " was the last to begin and is said to be over, yet the process "
        "ended before the testing package could go on");
}

}  // namespace gobox::runner
