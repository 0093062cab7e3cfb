// SPDX-License-Identifier: Apache-2.0

#include "run/dump_shortener.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "runner/diagnosis/goroutine_dump.h"
#include "runner/golang/go_command.h"

namespace gobox::run {
namespace {

constexpr std::ptrdiff_t kShort = 24;  // lines: a dump of these is read as it is
constexpr std::size_t kGroupsShown = 8;
constexpr std::size_t kFramesShown = 6;
constexpr std::string_view kQuit = "SIGQUIT: quit";

bool is_header(std::string_view line) {
  constexpr std::string_view kWord = "goroutine ";
  if (!line.starts_with(kWord) || !line.ends_with(':')) return false;
  return line.size() > kWord.size() &&
         std::isdigit(static_cast<unsigned char>(line[kWord.size()])) != 0 &&
         line.find(" [") != std::string_view::npos;
}

// "rax    0xca", "eflags 0x246".
bool is_register(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos || blank > 8) return false;
  const std::size_t value = line.find_first_not_of(' ', blank);
  return value != std::string_view::npos && line.substr(value).starts_with("0x");
}

// Every kind of line between a dump's heading and its last register (runtime/traceback.go,
// runtime/signal_unix.go).
bool belongs(std::string_view line) {
  constexpr std::array<std::string_view, 9> kStarts = {"\t",    "goroutine ", "created by ",
                                                       "PC=",   "[signal ",   "runtime stack:",
                                                       "-----", "...",        "SIGQUIT: quit"};
  if (line.empty() || line.ends_with(')') || is_register(line)) return true;
  return std::any_of(kStarts.begin(), kStarts.end(),
                     [&](std::string_view start) { return line.starts_with(start); });
}

std::string frame_line(const runner::Frame& frame) {
  return "    " + frame.function + "  " + frame.file + ":" + std::to_string(frame.line) + "\n";
}

std::string group_text(const runner::GoroutineGroup& group) {
  std::string text = runner::goroutines_text(group.count) + " [" + group.state + "]:\n";
  std::size_t shown = 0;
  for (const runner::Frame& frame : group.frames) {
    const bool last_chance =
        shown + 1 == kFramesShown && group.top_user_frame && *group.top_user_frame > shown;
    if (last_chance) {
      text += "    ...\n" + frame_line(group.frames[*group.top_user_frame]);
      break;
    }
    if (shown++ == kFramesShown) {
      text += "    ...\n";
      break;
    }
    text += frame_line(frame);
  }
  if (group.created_by) text += "    started by" + frame_line(*group.created_by).substr(3);
  return text;
}

}  // namespace

std::string shortened_dump(const std::string& dump) {
  const auto lines = std::count(dump.begin(), dump.end(), '\n');
  if (lines <= kShort) return dump;
  const runner::UserPaths paths{.prefixes = {std::string(runner::kWorkDirectory) + "/"},
                                .go_roots = {}};
  const auto parsed = runner::parse_goroutine_dump(dump, paths);
  if (!parsed || parsed->groups.empty()) return dump;
  std::string text;
  if (dump.starts_with(kQuit)) text += std::string(kQuit) + "\n";
  std::size_t shown = 0;
  std::uint64_t counted = 0;
  for (const runner::GoroutineGroup& group : parsed->groups) {
    if (group.system || shown++ == kGroupsShown) break;
    counted += group.count;
    text += group_text(group);
  }
  if (counted < parsed->total) {
    text += "and " + runner::goroutines_text(parsed->total - counted) +
            " more, the runtime's own among them\n";
  }
  return text + "(a dump of " + std::to_string(lines) +
         " lines, put together; --raw shows it as it came, --json has it whole in stderr)\n";
}

std::string DumpShortener::feed(std::string_view bytes) {
  std::string shown;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    partial_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    shown += take_line(partial_);
    partial_.clear();
    passed_ = false;
  }
  partial_ += bytes;
  // Only what may still become a dump waits for its line's end.
  const bool may_begin =
      kQuit.starts_with(partial_) || partial_.starts_with(kQuit) ||
      (which_ == ShortenedDumps::kEvery && (partial_.starts_with("goroutine ") ||
                                            std::string_view("goroutine ").starts_with(partial_)));
  const bool waits =
      !passed_ && partial_.size() < runner::kLongestReportLine && (!held_.empty() || may_begin);
  if (!waits && !partial_.empty()) {
    shown += release() + partial_;
    partial_.clear();
    passed_ = true;
  }
  return shown;
}

std::string DumpShortener::take_line(std::string_view line) {
  const std::string whole = std::string(line) + "\n";
  const bool fresh = !passed_;
  if (held_.empty() && !(fresh && begins(line))) return whole;
  if (!fresh || !belongs(line) || held_.size() + whole.size() > kMostHeld) {
    const std::string before =
        held_.size() + whole.size() > kMostHeld ? std::exchange(held_, std::string()) : release();
    return before + whole;
  }
  held_ += whole;
  return {};
}

bool DumpShortener::begins(std::string_view line) const {
  if (line.starts_with(kQuit)) return true;
  return which_ == ShortenedDumps::kEvery && is_header(line);
}

std::string DumpShortener::release() {
  return shortened_dump(std::exchange(held_, std::string()));
}

std::string DumpShortener::finish() {
  std::string shown;
  if (!held_.empty() && belongs(partial_)) {
    held_ += partial_;
    partial_.clear();
  }
  shown = release() + partial_;
  partial_.clear();
  return shown;
}

}  // namespace gobox::run
