// SPDX-License-Identifier: Apache-2.0

// Which tests did not end (declared in hints.h): read from the stacks of a dump, where package
// testing's tRunner calls each test's function.

#include <algorithm>

#include "runner/diagnosis/hints.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxNamed = 3;

bool is_test_name(std::string_view name) {
  for (const std::string_view kind : {"Test", "Benchmark", "Fuzz", "Example"}) {
    if (name.starts_with(kind)) return true;
  }
  return false;
}

// "TestStore" of "example.com/shop.TestStore.func1".
std::string test_of(std::string_view function) {
  function.remove_prefix(function.rfind('/') + 1);
  while (!function.empty()) {
    const std::string_view part = function.substr(0, function.find('.'));
    if (is_test_name(part)) return std::string(part);
    function.remove_prefix(std::min(function.size(), part.size() + 1));
  }
  return {};
}

// The test whose goroutines these are; "" where they are none's.
std::string test_of(const GoroutineGroup& group) {
  for (std::size_t i = 1; i < group.frames.size(); ++i) {
    const std::string& runner = group.frames[i].function;
    if (runner.starts_with("testing.tRunner") || runner.starts_with("testing.(*B).run")) {
      return test_of(group.frames[i - 1].function);
    }
  }
  return {};
}

}  // namespace

void name_tests(const HintInput& input, std::vector<Hint>& hints) {
  if (input.kind != StageKind::kTest || hints.empty()) return;
  const bool hung = input.outcome == Outcome::kTimeout || hints.front().reason == "deadlock" ||
                    hints.front().text.find("test timed out") != std::string::npos;
  if (!hung) return;
  std::vector<std::string> tests;
  for (const GoroutineGroup& group : groups_of(input.diagnosis)) {
    std::string test = test_of(group);
    if (test.empty() || std::find(tests.begin(), tests.end(), test) != tests.end()) continue;
    tests.push_back(std::move(test));
  }
  if (tests.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(tests.size(), kMaxNamed); ++i) {
    names += (i == 0 ? "" : ", ") + tests[i];
  }
  if (tests.size() > kMaxNamed)
    names += " and " + std::to_string(tests.size() - kMaxNamed) + " more";
  hints.front().text = names + " did not end: " + hints.front().text;
}

}  // namespace gobox::runner
