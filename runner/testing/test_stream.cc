// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/test_stream.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "base/line.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kInputBuffer = 4096;
constexpr std::size_t kOutputBuffer = 1024;
constexpr char kMarker = 0x16;  // ^V

constexpr std::array<std::string_view, 9> kUpdates = {"=== RUN   ", "=== PAUSE ", "=== CONT  ",
                                                      "=== NAME  ", "=== PASS  ", "=== FAIL  ",
                                                      "=== SKIP  ", "=== ATTR  ", "=== ARTIFACTS "};
constexpr std::array<std::string_view, 4> kReports = {
    "--- PASS: ", "--- FAIL: ", "--- SKIP: ", "--- BENCH: "};

template <std::size_t N>
bool begins_with_any(std::string_view line, const std::array<std::string_view, N>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return line.starts_with(prefix); });
}

// "a b" to "a" and "b"; all of it and "" where there is no blank.
std::pair<std::string_view, std::string_view> cut(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return {text, {}};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& each : result)
    each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return result;
}

// A line's end: behind '\n', or before a marker that does not begin the line.
struct LineEnd {
  std::size_t position = std::string_view::npos;
  std::size_t width = 0;
};

LineEnd find_end(std::string_view bytes, TestFraming framing) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') return {i, 1};
    if (framing == TestFraming::kMarked && bytes[i] == kMarker && i > 0) return {i, 0};
  }
  return {};
}

// The first field of a benchmark's result line, which is told before the line's end.
bool is_benchmark_name(std::string_view name) {
  constexpr std::string_view kWord = "Benchmark";
  if (!name.starts_with(kWord)) return false;
  return name.size() == kWord.size() ||
         std::islower(static_cast<unsigned char>(name[kWord.size()])) == 0;
}

// How much of `bytes` can be cut off without cutting a character in two.
std::size_t whole_characters(std::string_view bytes) {
  for (std::size_t i = 1; i < 4 && i <= bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - i]);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return i < length ? bytes.size() - i : bytes.size();
  }
  return bytes.size();
}

// The seconds of "NAME (0.25s)", taken off the name.
std::optional<double> take_elapsed(std::string_view& name) {
  const std::size_t open = name.find(" (");
  if (open == std::string_view::npos) return std::nullopt;
  std::optional<double> seconds;
  if (name.ends_with("s)")) {
    const std::string figure(name.substr(open + 2, name.size() - open - 4));
    char* end = nullptr;
    const double value = std::strtod(figure.c_str(), &end);
    if (!figure.empty() && *end == '\0' && value >= 0 && value < 1e9) seconds = value;
  }
  name = name.substr(0, open);
  return seconds;
}

}  // namespace

TestFraming test_framing(int go_minor) {
  constexpr int kMarkedSince = 20;
  return go_minor >= kMarkedSince ? TestFraming::kMarked : TestFraming::kPlain;
}

void TestStream::LineBuffer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), capacity_ - bytes_.size());
    bytes_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    const std::size_t taken = take_lines();
    bytes_.erase(0, taken);
    if (taken > 0 || bytes_.size() < capacity_) continue;
    // All of the buffer is a piece of one line.
    const std::string piece = bytes_.substr(0, whole_characters(bytes_));
    bytes_.erase(0, piece.size());
    part_(piece);
    in_long_line_ = true;
  }
}

std::size_t TestStream::LineBuffer::take_lines() {
  std::size_t at = 0;
  while (at < bytes_.size()) {
    const std::string_view rest = std::string_view(bytes_).substr(at);
    const LineEnd end = find_end(rest, framing_);
    if (end.position == std::string_view::npos) {
      const std::size_t tab = rest.find('\t');
      if (in_long_line_ || tab == std::string_view::npos) break;
      std::string_view name = rest.substr(0, tab);
      while (name.ends_with(' ')) name.remove_suffix(1);
      if (!is_benchmark_name(name)) break;
      part_(rest.substr(0, tab + 1));
      in_long_line_ = true;
      at += tab + 1;
      break;
    }
    const std::string_view line = rest.substr(0, end.position + end.width);
    if (in_long_line_) {
      part_(line);
      in_long_line_ = false;
    } else {
      line_(line);
    }
    at += line.size();
  }
  return at;
}

void TestStream::LineBuffer::flush() {
  if (bytes_.empty()) return;
  const std::string rest = std::move(bytes_);
  bytes_.clear();
  part_(rest);
}

TestStream::TestStream(std::string package, TestFraming framing, Listener listener)
    : package_(std::move(package)),
      framing_(framing),
      listener_(std::move(listener)),
      output_(
          kOutputBuffer, framing, [this](std::string_view bytes) { emit_output(bytes); },
          [this](std::string_view bytes) { emit_output(bytes); }),
      input_(
          kInputBuffer, framing, [this](std::string_view line) { handle_line(line); },
          [this](std::string_view part) { output_.write(part); }) {
  emit_action("start");
}

void TestStream::write(std::string_view bytes) {
  input_.write(bytes);
}

void TestStream::end() {
  input_.flush();
  output_.flush();
  flush_reports(0);
}

void TestStream::close(std::string_view last_line, std::string_view action, double elapsed) {
  end();
  if (!last_line.empty()) emit_output(std::string(last_line) + "\n");
  TestEvent event;
  event.action = std::string(action);
  event.elapsed = elapsed;
  emit(std::move(event));
}

void TestStream::handle_line(std::string_view line) {
  if (line.empty()) return;
  bool marked = false;
  if (needs_marker_ && line.front() != kMarker) {
    output_.write(line);
    return;
  }
  if (framing_ == TestFraming::kMarked && line.front() == kMarker) {
    output_.flush();
    marked = true;
    line.remove_prefix(1);
  }
  std::string_view trim = line;
  if (trim.ends_with('\n')) trim.remove_suffix(1);
  if (trim.size() < line.size() && trim.ends_with('\r')) trim.remove_suffix(1);
  // With no test's name behind it, its last blanks may be cut off.
  if (trim == "=== NAME") {
    line = "=== NAME  \n";
    trim = line.substr(0, line.size() - 1);
  }
  if (handle_end(line, trim, marked)) return;
  if (begins_with_any(line, kUpdates)) {
    handle_update(line, marked);
    return;
  }
  std::string_view inner = line;
  std::size_t indent = 0;
  while (inner.starts_with("    ")) {
    inner.remove_prefix(4);
    ++indent;
  }
  if (begins_with_any(inner, kReports) && reports_.size() >= indent) {
    handle_report(inner, line, indent, marked);
    return;
  }
  // Output; how far it is indented tells which of the tests just reported it belongs to.
  const bool is_report = begins_with_any(inner, kReports);
  if (!is_report && indent > 0 && indent <= reports_.size()) test_ = reports_[indent - 1].test;
  output_.write(line);
}

bool TestStream::handle_end(std::string_view line, std::string_view trim, bool marked) {
  if (trim != "PASS" && trim != "FAIL" && !trim.starts_with("FAIL\t")) return false;
  flush_reports(0);
  test_.clear();
  needs_marker_ = marked;
  output_.write(line);
  return true;
}

void TestStream::handle_report(std::string_view line, std::string_view original, std::size_t indent,
                               bool marked) {
  auto [action, name] = cut(line.substr(std::string_view("--- ").size()));
  if (action.ends_with(':')) action.remove_suffix(1);
  name = trimmed(name);
  TestEvent event;
  event.action = lower(action);
  event.elapsed = take_elapsed(name);
  event.test = std::string(name);
  needs_marker_ = marked;
  flush_reports(indent);
  test_ = event.test;
  reports_.push_back(std::move(event));
  output_.write(original);
}

void TestStream::handle_update(std::string_view line, bool marked) {
  auto [action, name] = cut(line.substr(std::string_view("=== ").size()));
  name = trimmed(name);
  TestEvent event;
  event.action = lower(action);
  if (event.action == "artifacts" || event.action == "attr") {
    const auto [test, rest] = cut(name);
    name = test;
    if (event.action == "artifacts") {
      event.path = std::string(rest);
    } else {
      const auto [key, value] = cut(rest);
      event.key = std::string(key);
      event.value = std::string(value);
    }
  }
  needs_marker_ = marked;
  flush_reports(0);
  test_ = std::string(name);
  if (event.action == "name") return;  // says whose output comes next, no more
  const bool line_first = event.action == "pause";
  if (line_first) output_.write(line);
  emit(std::move(event));
  if (!line_first) output_.write(line);
}

void TestStream::flush_reports(std::size_t depth) {
  test_.clear();
  while (reports_.size() > depth) {
    TestEvent event = std::move(reports_.back());
    reports_.pop_back();
    emit(std::move(event));
  }
}

void TestStream::emit_action(std::string_view action) {
  TestEvent event;
  event.action = std::string(action);
  emit(std::move(event));
}

void TestStream::emit_output(std::string_view bytes) {
  TestEvent event;
  event.action = "output";
  event.output = std::string(bytes);
  emit(std::move(event));
}

void TestStream::emit(TestEvent event) {
  event.package = package_;
  if (event.test.empty()) event.test = test_;
  listener_(event);
}

}  // namespace gobox::runner
