// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/junit.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "runner/testing/test_text.h"

namespace gobox::runner {
namespace {

std::string seconds(Nanoseconds duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", std::chrono::duration<double>(duration).count());
  return text.data();
}

// The character at the head of `bytes`: how long it is, and whether XML can hold it.
struct Character {
  std::size_t length = 1;
  bool valid = false;
};

Character character_of(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) {
    return {1, first >= 0x20 || first == '\n' || first == '\t' || first == '\r'};
  }
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length > bytes.size()) return {};
  std::uint32_t code = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (at(i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  const bool valid =
      code >= kLeast[length] && code <= 0x10ffff && !surrogate && code != 0xfffe && code != 0xffff;
  return valid ? Character{length, true} : Character{};
}

std::string escaped(std::string_view text, bool attribute) {
  std::string result;
  while (!text.empty()) {
    const Character character = character_of(text);
    const char first = text.front();
    if (!character.valid) {
      result += "\xef\xbf\xbd";
    } else if (first == '&') {
      result += "&amp;";
    } else if (first == '<') {
      result += "&lt;";
    } else if (first == '>') {
      result += "&gt;";
    } else if (first == '"' && attribute) {
      result += "&#34;";
    } else if (first == '\r' || (attribute && (first == '\n' || first == '\t'))) {
      result += "&#" + std::to_string(static_cast<int>(first)) + ";";
    } else {
      result += text.substr(0, character.length);
    }
    text.remove_prefix(character.length);
  }
  return result;
}

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + escaped(value, true) + "\"";
}

std::string failure(std::string_view message, std::string_view output) {
  return "\t\t\t<failure" + attribute("message", message) + attribute("type", "") + ">" +
         escaped(output, false) + "</failure>\n";
}

std::string case_head(const PackageTests& package, std::string_view name, Nanoseconds elapsed) {
  return "\t\t<testcase" + attribute("classname", package.package) + attribute("name", name) +
         attribute("time", seconds(elapsed));
}

std::string case_of(const PackageTests& package, const TestCase& test) {
  const std::string head = case_head(package, test.name, test.elapsed);
  const std::string output = without_markers(test.output);
  if (test.outcome == TestOutcome::kPass) return head + "></testcase>\n";
  if (test.outcome == TestOutcome::kSkip) {
    return head + ">\n\t\t\t<skipped" + attribute("message", output) +
           "></skipped>\n\t\t</testcase>\n";
  }
  const std::string message = test.outcome == TestOutcome::kFail
                                  ? "Failed"
                                  : std::string("Failed: ") + name_of(test.outcome);
  return head + ">\n" + failure(message, output) + "\t\t</testcase>\n";
}

// The package itself, where no test of it takes the blame.
std::string case_of_package(const PackageTests& package) {
  const std::string output =
      package.build_output.empty() ? without_markers(package.output) : package.build_output;
  const std::string message = package.message.empty() ? "Failed" : package.message;
  return case_head(package, "TestMain", Nanoseconds(0)) + ">\n" + failure(message, output) +
         "\t\t</testcase>\n";
}

struct Suite {
  std::string cases;
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t skips = 0;
};

Suite suite_of(const PackageTests& package) {
  Suite suite;
  for (const TestCase& test : package.tests) {
    suite.cases += case_of(package, test);
    ++suite.tests;
    suite.failures += is_failure(test.outcome);
    suite.skips += test.outcome == TestOutcome::kSkip;
  }
  if (!package.passed() && suite.failures == 0) {
    suite.cases += case_of_package(package);
    ++suite.tests;
    ++suite.failures;
  }
  return suite;
}

}  // namespace

std::string junit_xml(const std::vector<PackageTests>& packages, const std::string& go_version) {
  std::string suites;
  std::size_t tests = 0;
  std::size_t failures = 0;
  Nanoseconds elapsed{0};
  for (const PackageTests& package : packages) {
    const Suite suite = suite_of(package);
    tests += suite.tests;
    failures += suite.failures;
    elapsed += package.elapsed;
    suites += "\t<testsuite" + attribute("tests", std::to_string(suite.tests)) +
              attribute("failures", std::to_string(suite.failures)) +
              attribute("skipped", std::to_string(suite.skips)) +
              attribute("time", seconds(package.elapsed)) + attribute("name", package.package) +
              ">\n\t\t<properties>\n\t\t\t<property" + attribute("name", "go.version") +
              attribute("value", go_version) + "></property>\n\t\t</properties>\n" + suite.cases +
              "\t</testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
         attribute("tests", std::to_string(tests)) +
         attribute("failures", std::to_string(failures)) + attribute("errors", "0") +
         attribute("time", seconds(elapsed)) + ">\n" + suites + "</testsuites>\n";
}

}  // namespace gobox::runner
