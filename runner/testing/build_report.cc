// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/build_report.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/line.h"

namespace gobox::runner {
namespace {

namespace json = boost::json;

constexpr std::string_view kMark = "gobox-test: ";

std::string text_of(const json::object& event, const char* name) {
  const json::value* value = event.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9');
  });
}

// "a/b" before "a-b": as a walk through the directories meets them.
bool walks_before(const BuildReport::Package& one, const BuildReport::Package& other) {
  return std::lexicographical_compare(
      one.path.begin(), one.path.end(), other.path.begin(), other.path.end(),
      [](char a, char b) { return (a == '/' ? '\0' : a) < (b == '/' ? '\0' : b); });
}

// Whether the "# ..." line of a build speaks of this package.
bool speaks_of(std::string_view build, std::string_view package) {
  const std::string_view first = take_word(build);
  if (first == package) return true;
  std::string_view rest = trimmed(build);
  if (first.starts_with('[')) rest = first;
  if (!rest.starts_with('[') || !rest.ends_with(']')) return false;
  rest = rest.substr(1, rest.size() - 2);
  return rest == package || rest == std::string(package) + ".test";
}

}  // namespace

std::string hand_over_program() {
  // $1 is /tmp/go-build123/b001/x.test; the directory's name is one of its kind. The go command
  // knows no escapes in this value, only quotes of one sort within the other.
  return "/bin/sh -c 'n=${1%/*}; n=${n##*/}; [ -d /tmp/gobox-tests ] || mkdir -p /tmp/gobox-tests; "
         "ln \"$1\" /tmp/gobox-tests/$n && printf \"gobox-test: %s %s\\n\" $n \"$PWD\"' sh";
}

void BuildReport::add(bool is_stderr, std::string_view bytes) {
  std::string& partial = partial_[is_stderr];
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) {
      partial += bytes;
      return;
    }
    partial += bytes.substr(0, newline);
    bytes.remove_prefix(newline + 1);
    const std::string line = std::move(partial);
    partial.clear();
    add_line(is_stderr, line);
  }
}

Result<void> BuildReport::finish() {
  for (const bool is_stderr : {false, true}) {
    const std::string line = std::move(partial_[is_stderr]);
    partial_[is_stderr].clear();
    if (!line.empty()) add_line(is_stderr, line);
  }
  std::stable_sort(packages_.begin(), packages_.end(), walks_before);
  index_.clear();
  for (std::size_t i = 0; i < packages_.size(); ++i) index_[packages_[i].path] = i;
  return std::move(failure_);
}

std::string BuildReport::messages_of(const Package& package) const {
  if (const auto found = builds_.find(package.failure); found != builds_.end()) {
    return found->second;
  }
  std::string text;
  for (const auto& [build, messages] : builds_) {
    if (speaks_of(build, package.path)) text += messages;
  }
  // A dependency's build failed: which one, older go commands do not say.
  return text.empty() ? messages_ : text;
}

void BuildReport::add_line(bool is_stderr, std::string_view line) {
  if (!is_stderr && line.starts_with('{') && add_event(line)) return;
  add_plain(line);
}

bool BuildReport::add_event(std::string_view line) {
  boost::system::error_code failure;
  const json::value value = json::parse(line, failure);
  if (failure || !value.is_object()) return false;
  const json::object& event = value.as_object();
  const std::string action = text_of(event, "Action");
  if (action.empty()) return false;
  if (action == "build-output") {
    add_message(text_of(event, "ImportPath"), text_of(event, "Output"));
    return true;
  }
  const std::string path = text_of(event, "Package");
  if (path.empty()) return true;
  Package& known = package(path);
  if (action == "output") add_output(path, text_of(event, "Output"));
  if (action == "fail") {
    known.failed = true;
    known.failure = text_of(event, "FailedBuild");
  }
  if (action == "skip" || (action == "pass" && known.binary.empty())) known.has_no_tests = true;
  return true;
}

void BuildReport::add_output(const std::string& path, const std::string& output) {
  std::string_view text = output;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.starts_with(kMark)) take_binary(package(path), text.substr(kMark.size()));
  if (text.ends_with("[no test files]")) package(path).has_no_tests = true;
}

void BuildReport::take_binary(Package& package, std::string_view words) {
  const std::string_view name = take_word(words);
  if (!is_name(name) || words.empty() || !package.binary.empty()) return;
  package.binary = std::string(name);
  package.directory = std::string(words.substr(1));
  auto taken = on_binary_(package);
  if (!taken && failure_) failure_ = std::move(taken).error();
}

void BuildReport::add_message(const std::string& build, std::string_view text) {
  builds_[build] += text;
  messages_ += text;
  on_message_(text);
}

void BuildReport::add_plain(std::string_view line) {
  // "FAIL\tpkg [build failed]", as Go 1.19 says it among the events.
  if (line.starts_with("FAIL\t") && line.ends_with(" failed]")) {
    std::string_view rest = line.substr(5);
    package(std::string(take_word(rest))).failed = true;
    return;
  }
  if (line == "FAIL") return;
  if (line.starts_with("# ")) plain_build_ = std::string(line.substr(2));
  add_message(plain_build_, std::string(line) + "\n");
}

BuildReport::Package& BuildReport::package(const std::string& path) {
  const auto [found, is_new] = index_.try_emplace(path, packages_.size());
  if (is_new) packages_.emplace_back().path = path;
  return packages_[found->second];
}

}  // namespace gobox::runner
