// SPDX-License-Identifier: Apache-2.0

#include "run/test_report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/line.h"
#include "run/output.h"
#include "runner/testing/test_text.h"

namespace gobox::run {
namespace {

using runner::PackageTests;
using runner::StageKind;

constexpr std::size_t kMaxAnnotations = 10;  // of a package; GitHub shows ten of a step

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// What GitHub's commands need escaped: in a value also what ends it.
std::string escaped(std::string_view text, bool is_property) {
  std::string result;
  for (const char each : text) {
    switch (each) {
      case '%':
        result += "%25";
        break;
      case '\r':
        result += "%0D";
        break;
      case '\n':
        result += "%0A";
        break;
      case ':':
        result += is_property ? "%3A" : ":";
        break;
      case ',':
        result += is_property ? "%2C" : ",";
        break;
      default:
        result += each;
    }
  }
  return result;
}

// The dump at a time limit is our doing; a reader at a terminal is spared a panic's too.
ShortenedDumps shortened_dumps() {
  return ::isatty(STDOUT_FILENO) == 1 ? ShortenedDumps::kEvery : ShortenedDumps::kAskedFor;
}

struct SourcePlace {
  std::string file;
  std::string line;
};

// "    a_test.go:3: said" or "a/a.go:3:7: said".
SourcePlace place_in(std::string_view line) {
  line = runner::trimmed(line);
  const std::size_t end = line.find(".go:");
  if (end == std::string_view::npos) return {};
  const std::string_view file = line.substr(0, end + 3);
  if (file.find_first_of(" \t\"'") != std::string_view::npos) return {};
  std::string_view rest = line.substr(end + 4);
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits == 0 || digits > 7) return {};
  return {std::string(file), std::string(rest.substr(0, digits))};
}

std::string annotation(const std::string& directory, const SourcePlace& place,
                       const std::string& title, const std::string& message) {
  std::string text = "::error ";
  if (!place.file.empty()) {
    const bool joins = !directory.empty() && place.file.find('/') == std::string::npos;
    const std::string file = joins ? directory + "/" + place.file : place.file;
    text += "file=" + escaped(file, true) + ",line=" + place.line + ",";
  }
  return text + "title=" + escaped(title, true) + "::" + escaped(message, false) + "\n";
}

std::string annotation_of(const PackageTests& package, const runner::TestCase& test) {
  std::string_view text = test.output;
  while (!text.empty()) {
    const std::string_view line = runner::take_line(text);
    const SourcePlace place = place_in(line);
    if (place.file.empty()) continue;
    return annotation(package.directory, place, test.name, std::string(runner::trimmed(line)));
  }
  return annotation(package.directory, {}, test.name,
                    package.package + ": " + name_of(test.outcome));
}

std::string build_annotations(const PackageTests& package) {
  std::string result;
  std::size_t count = 0;
  std::string_view text = package.build_output;
  while (!text.empty() && count < kMaxAnnotations) {
    const std::string_view line = runner::take_line(text);
    const SourcePlace place = place_in(line);
    if (place.file.empty()) continue;
    result += annotation("", place, package.package, std::string(runner::trimmed(line)));
    ++count;
  }
  return result;
}

}  // namespace

std::string github_annotations(const PackageTests& package) {
  if (package.state == PackageTests::State::kBuildFailed) return build_annotations(package);
  std::string result;
  std::size_t count = 0;
  for (const runner::TestCase& test : package.tests) {
    if (!is_failure(test.outcome) || count == kMaxAnnotations) continue;
    result += annotation_of(package, test);
    ++count;
  }
  if (count == 0 && !package.passed()) {
    result += annotation("", {}, package.package, package.message);
  }
  return result;
}

TestReport::Style TestReport::style_of(const runner::TestSettings& settings) {
  Style style;
  style.verbose = settings.verbose || settings.brief;
  style.brief = settings.brief;
  style.json = settings.json;
  style.colour = !style.json && ::isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR");
  style.progress = !style.json && !style.verbose && ::isatty(STDERR_FILENO) == 1;
  const char* actions = std::getenv("GITHUB_ACTIONS");
  style.github = actions != nullptr && std::string_view(actions) == "true" && !style.json;
  return style;
}

TestReport::TestReport(Style style) : style_(style), dumps_(shortened_dumps()) {
  if (!style_.github) return;
  // Unknown to the tests: what they print is no command until this word comes.
  token_ = runner::new_job_id();
  emit(STDOUT_FILENO, "::stop-commands::" + token_ + "\n");
}

TestReport::~TestReport() {
  clear_progress();
  if (style_.github) emit(STDOUT_FILENO, "::" + token_ + "::\n");
}

runner::JobObserver TestReport::observer() {
  runner::JobObserver observer;
  observer.on_output = [this](StageKind kind, bool is_stderr, std::string_view bytes) {
    on_output(kind, is_stderr, bytes);
  };
  observer.on_test = [this](const runner::TestEvent& event) { on_test(event); };
  observer.on_package = [this](const PackageTests& package) { on_package(package); };
  return observer;
}

void TestReport::on_output(StageKind kind, bool, std::string_view bytes) {
  if (kind == StageKind::kTest) {
    if (!style_.verbose || style_.json) return;
    emit(STDOUT_FILENO, style_.raw ? std::string(bytes) : dumps_.feed(bytes));
    return;
  }
  clear_progress();
  emit(STDERR_FILENO, bytes);
}

void TestReport::on_test(const runner::TestEvent& event) {
  if (style_.json) emit(STDOUT_FILENO, to_json_line(event) + "\n");
  if (event.action == "start") show_progress(event.package);
}

void TestReport::on_package(const PackageTests& package) {
  ++done_;
  failed_ = failed_ || !package.passed();
  clear_progress();
  if (style_.json) return;
  std::string text;
  if (!style_.verbose) {
    text = shortened(failure_text(package));
  } else {
    emit(STDOUT_FILENO, dumps_.finish());
  }
  if (style_.verbose && package.state == PackageTests::State::kRan) {
    text = (style_.brief ? failed_tests_text(package) : "") + failure_reason(package);
  }
  emit(STDOUT_FILENO, text + painted(package_line(package)) + "\n");
  if (!style_.github || package.passed()) return;
  emit(STDOUT_FILENO,
       "::" + token_ + "::\n" + github_annotations(package) + "::stop-commands::" + token_ + "\n");
}

std::string TestReport::shortened(const std::string& text) const {
  if (style_.raw) return text;
  DumpShortener dumps(shortened_dumps());
  std::string result = dumps.feed(text);
  return result + dumps.finish();
}

void TestReport::finish(const runner::JobResult& result) {
  clear_progress();
  const bool failed = failed_ || result.outcome != runner::Outcome::kOk;
  if (!style_.json && failed) emit(STDOUT_FILENO, painted("FAIL") + "\n");
}

std::string TestReport::painted(const std::string& line) const {
  if (!style_.colour) return line;
  const char* colour = line.starts_with("ok") ? "32" : line.starts_with("FAIL") ? "31" : "2";
  return std::string("\x1b[") + colour + "m" + line + "\x1b[0m";
}

void TestReport::show_progress(const std::string& package) {
  if (!style_.progress) return;
  emit(STDERR_FILENO,
       "\r\x1b[K" + std::to_string(done_) + " done, running " + package.substr(0, 60));
  progress_shown_ = true;
}

void TestReport::clear_progress() {
  if (progress_shown_) emit(STDERR_FILENO, "\r\x1b[K");
  progress_shown_ = false;
}

}  // namespace gobox::run
