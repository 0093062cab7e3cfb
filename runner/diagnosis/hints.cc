// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/hints.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gobox::runner {
namespace {

// "268435456", "256MiB": what Go takes for GOMEMLIMIT.
std::optional<std::uint64_t> memory_limit_of(std::string_view text) {
  if (text.empty() || text == "off") return std::nullopt;
  const std::size_t end = text.find_first_not_of("0123456789");
  const auto number = parse_decimal(text.substr(0, end));
  if (!number) return std::nullopt;
  const std::string_view unit = end == std::string_view::npos ? "" : text.substr(end);
  const int power = unit.empty() || unit == "B" ? 0
                    : unit == "KiB"             ? 10
                    : unit == "MiB"             ? 20
                    : unit == "GiB"             ? 30
                    : unit == "TiB"             ? 40
                                                : -1;
  if (power < 0 || *number > (~std::uint64_t{0} >> power)) return std::nullopt;
  return *number << power;
}

}  // namespace

RuntimeSettings read_runtime_settings(const std::vector<std::string>& environment) {
  RuntimeSettings settings;
  for (const std::string& each : environment) {
    const std::string_view entry(each);
    if (entry.starts_with("GOGC=")) settings.gc_off = entry == "GOGC=off" || entry == "GOGC=-1";
    if (entry.starts_with("GOMEMLIMIT=")) settings.memory_limit = memory_limit_of(entry.substr(11));
  }
  return settings;
}

std::string percent(double share) {
  return std::to_string(std::lround(std::clamp(share, 0.0, 1.0) * 100)) + " %";
}

std::string place(std::string_view file, int line) {
  return std::string(file) + ":" + std::to_string(line);
}

std::string place(const Frame& frame) {
  return place(frame.file, frame.line) + " (" + frame.function + ")";
}

const std::vector<GoroutineGroup>& groups_of(const Diagnosis& diagnosis) {
  static const std::vector<GoroutineGroup> kNone;
  return diagnosis.goroutines ? diagnosis.goroutines->groups : kNone;
}

const Frame& user_place(const GoroutineGroup& group) {
  static const Frame kNone;
  if (group.top_user_frame) return group.frames[*group.top_user_frame];
  return group.created_by ? *group.created_by : kNone;
}

const GoroutineGroup* largest_user_group(const Diagnosis& diagnosis, std::uint64_t least) {
  for (const GoroutineGroup& group : groups_of(diagnosis)) {
    if (!group.system && group.user_code && group.count >= least) return &group;
  }
  return nullptr;
}

bool add_ticker_hint(const HintInput& input, const GoroutineGroup& group,
                     std::vector<Hint>& hints) {
  const bool waits = group.state.starts_with("chan receive") || group.state.starts_with("select");
  if (!waits || !group.top_user_frame) return false;
  const Frame& frame = group.frames[*group.top_user_frame];
  const SourceMark* ticker =
      input.facts.mark_near(SourceMark::Kind::kTicker, frame.file, frame.line);
  std::string file = frame.file;
  if (ticker == nullptr && group.created_by) {
    file = group.created_by->file;
    ticker = input.facts.mark_near(SourceMark::Kind::kTicker, file, group.created_by->line);
  }
  if (ticker == nullptr) return false;
  const SourceMark* const stop = input.facts.mark_near(SourceMark::Kind::kStop, file, ticker->line);
  if (stop != nullptr) return false;
  const std::string text = goroutines_text(group.count) + (group.count == 1 ? " waits" : " wait") +
                           " for a ticker at " + place(frame) + "; the " + ticker->name + " of " +
                           place(file, ticker->line) +
                           " is never stopped, and nothing ends the loop: call Stop when the work "
                           "is done, and select on "
                           "a done channel or a context beside the ticker";
  hints.push_back(Hint{"ticker_never_stopped", text}.at(file, ticker->line));
  return true;
}

std::vector<Hint> make_hints(const HintInput& input) {
  std::vector<Hint> hints;
  if (input.kind == StageKind::kCompile || input.kind == StageKind::kVet ||
      input.kind == StageKind::kFetch) {
    add_compile_hints(input, hints);
    return hints;
  }
  if (input.outcome == Outcome::kOom) add_memory_hints(input, hints);
  if (input.outcome == Outcome::kTimeout) add_time_hints(input, hints);
  add_end_hints(input, hints);
  add_settings_hints(input, hints);
  name_tests(input, hints);
  return hints;
}

}  // namespace gobox::runner
