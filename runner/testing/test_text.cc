// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/line.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kShown = 3;  // of the slowest and the heaviest

std::string seconds(Nanoseconds duration, int digits) {
  std::array<char, 32> text{};
  const double value = std::chrono::duration<double>(duration).count();
  std::snprintf(text.data(), text.size(), "%.*fs", digits, value);
  return text.data();
}

std::string indented(std::string_view text, std::size_t depth) {
  const std::string margin(4 * depth, ' ');
  std::string result;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    result += margin;
    result += line;
    result += '\n';
  }
  return result;
}

const char* word_of(TestOutcome outcome) {
  return outcome == TestOutcome::kSkip ? "SKIP" : is_failure(outcome) ? "FAIL" : "PASS";
}

// What is not said by "FAIL" alone.
std::string kind_of(TestOutcome outcome) {
  const bool says_more = is_failure(outcome) && outcome != TestOutcome::kFail;
  return says_more ? std::string(" [") + name_of(outcome) + "]" : "";
}

struct Counts {
  std::size_t ok = 0, failed = 0, unbuilt = 0, untested = 0, unrun = 0, tests = 0, failures = 0,
              skips = 0;
};

Counts count(const std::vector<PackageTests>& packages) {
  using State = PackageTests::State;
  Counts counts;
  for (const PackageTests& each : packages) {
    counts.untested += each.state == State::kNoTests;
    counts.unbuilt += each.state == State::kBuildFailed;
    counts.unrun += each.state == State::kNotRun;
    if (each.state == State::kRan) ++(each.passed() ? counts.ok : counts.failed);
    counts.tests += each.tests.size();
    for (const TestCase& test : each.tests) {
      counts.failures += is_failure(test.outcome);
      counts.skips += test.outcome == TestOutcome::kSkip;
    }
  }
  return counts;
}

void add_count(std::string& text, std::size_t number, const char* what) {
  if (number == 0) return;
  if (!text.empty()) text += ", ";
  text += std::to_string(number) + " " + what;
}

// The `kShown` largest, largest first, of those that are worth a word.
template <typename T, typename Figure>
std::vector<const T*> largest(const std::vector<const T*>& of, Figure figure) {
  std::vector<const T*> sorted = of;
  const std::size_t shown = std::min(kShown, sorted.size());
  std::partial_sort(sorted.begin(), sorted.begin() + static_cast<long>(shown), sorted.end(),
                    [&](const T* one, const T* other) { return figure(*one) > figure(*other); });
  sorted.resize(shown);
  return sorted;
}

std::string slowest_tests(const std::vector<PackageTests>& packages) {
  struct Slow {
    const PackageTests* package;
    const TestCase* test;
  };

  constexpr Nanoseconds kSlow = std::chrono::milliseconds(100);
  std::vector<Slow> slow;
  for (const PackageTests& package : packages) {
    for (const TestCase& test : package.tests) {
      // A test's time holds its subtests'.
      const bool outer = test.name.find('/') == std::string::npos;
      if (outer && test.elapsed >= kSlow) slow.push_back({&package, &test});
    }
  }
  const std::size_t shown = std::min(kShown, slow.size());
  std::partial_sort(
      slow.begin(), slow.begin() + static_cast<long>(shown), slow.end(),
      [](const Slow& one, const Slow& other) { return one.test->elapsed > other.test->elapsed; });
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    text += "  slow: " + slow[i].package->package + " " + slow[i].test->name + ", " +
            format_duration(slow[i].test->elapsed) + "\n";
  }
  return text;
}

std::string heaviest_packages(const std::vector<PackageTests>& packages) {
  std::vector<const PackageTests*> ran;
  for (const PackageTests& each : packages) {
    if (each.state == PackageTests::State::kRan) ran.push_back(&each);
  }
  if (ran.size() < 2) return "";
  std::string text;
  for (const PackageTests* each :
       largest(ran, [](const PackageTests& package) { return package.memory_peak_bytes; })) {
    text += "  heavy: " + each->package + ", memory peak " + format_size(each->memory_peak_bytes) +
            ", CPU " + format_duration(each->cpu) + "\n";
  }
  return text;
}

}  // namespace

std::string package_line(const PackageTests& package) {
  using State = PackageTests::State;
  switch (package.state) {
    case State::kNoTests:
      return "?   \t" + package.package + "\t[no test files]";
    case State::kBuildFailed:
      return "FAIL\t" + package.package + " [build failed]";
    case State::kNotRun:
      return "FAIL\t" + package.package + " [not run]";
    case State::kRan:
      break;
  }
  if (!package.passed()) {
    return "FAIL\t" + package.package + "\t" + seconds(package.elapsed, 3);
  }
  std::string line = "ok  \t" + package.package + "\t" + seconds(package.elapsed, 3);
  if (!package.coverage_text.empty()) line += "\t" + package.coverage_text;
  // As the binary said it; a list says nothing.
  const bool none = package.output.find("testing: warning: no tests to run") != std::string::npos;
  if (none) line += " [no tests to run]";
  return line;
}

std::string failed_tests_text(const PackageTests& package) {
  std::string text;
  for (const TestCase& test : package.tests) {
    if (!is_failure(test.outcome)) continue;
    const auto depth =
        static_cast<std::size_t>(std::count(test.name.begin(), test.name.end(), '/'));
    text += std::string(4 * depth, ' ') + "--- " + word_of(test.outcome) + ": " + test.name + " (" +
            seconds(test.elapsed, 2) + ")" + kind_of(test.outcome) + "\n";
    text += indented(without_markers(test.output), depth);
  }
  return text;
}

std::string failure_text(const PackageTests& package) {
  if (package.state != PackageTests::State::kRan || package.passed()) return "";
  std::string text = failed_tests_text(package) + without_markers(package.output);
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += failure_reason(package);
  for (const std::string& doubt : package.doubts) text += "not to be believed: " + doubt + "\n";
  return text;
}

std::string failure_reason(const PackageTests& package) {
  const bool has_failed_test =
      std::any_of(package.tests.begin(), package.tests.end(),
                  [](const TestCase& test) { return is_failure(test.outcome); });
  if (package.passed() || package.message.empty()) return "";
  if (package.outcome == Outcome::kExited && has_failed_test) return "";
  return package.message + "\n";
}

bool is_brief(const TestEvent& event) {
  if (event.test.empty()) return true;
  const std::string_view output = *event.output;
  if (output.starts_with("fuzz: ")) return true;
  if (!event.test.starts_with("Benchmark") || output.starts_with("=== ")) return false;
  return trimmed(output) != event.test;
}

std::string without_markers(std::string_view output) {
  std::string text(output);
  std::erase(text, '\x16');
  return text;
}

std::string tests_summary(const std::vector<PackageTests>& packages) {
  if (packages.empty()) return "";
  const Counts counts = count(packages);
  std::string line;
  add_count(line, counts.ok, "ok");
  add_count(line, counts.failed, "failed");
  add_count(line, counts.unbuilt, "did not build");
  add_count(line, counts.unrun, "not run");
  add_count(line, counts.untested, "without tests");
  std::string tests = std::to_string(counts.tests) + (counts.tests == 1 ? " test" : " tests");
  add_count(tests, counts.failures, "failed");
  add_count(tests, counts.skips, "skipped");
  return "  packages: " + line + "; " + tests + "\n" + slowest_tests(packages) +
         heaviest_packages(packages);
}

}  // namespace gobox::runner
