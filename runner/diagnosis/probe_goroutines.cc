// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/probe_goroutines.h"

#include <algorithm>
#include <optional>

#include "runner/diagnosis/line_cursor.h"
#include "runner/golang/probe_source.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kStatsAt = 40;
constexpr std::size_t kSitesAt = 512;

std::optional<std::uint64_t> number_before_blank(std::string_view& text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto number = parse_decimal(text.substr(0, blank));
  text.remove_prefix(blank + 1);
  return number;
}

std::optional<Frame> frame_of(std::string_view line, const UserPaths& paths) {
  const std::size_t file = line.find('\t');
  const std::size_t number = line.rfind('\t');
  if (file == std::string_view::npos || number <= file) return std::nullopt;
  std::string_view digits = line.substr(number + 1);
  const auto at = number_before_blank(digits);
  if (!at || *at > 100'000'000) return std::nullopt;
  return make_frame(line.substr(0, file),
                    {line.substr(file + 1, number - file - 1), static_cast<int>(*at)}, paths);
}

}  // namespace

std::vector<ProbeGroup> parse_probe_goroutines(std::string_view page, const UserPaths& paths) {
  std::vector<ProbeGroup> groups;
  if (page.size() != kProbePageSize || !page.starts_with(kProbeMagic)) return groups;
  std::string_view text = page.substr(kProbeGroupsAt);
  text = text.substr(0, text.find('\0'));
  LineCursor lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.starts_with('\t')) {
      if (groups.empty() || groups.back().frames.size() >= kMaxFrames) continue;
      if (auto frame = frame_of(line.substr(1), paths)) {
        groups.back().frames.push_back(std::move(*frame));
      }
    } else if (const auto count = number_before_blank(line); count && line.empty()) {
      groups.push_back({.count = *count, .frames = {}});
    }
  }
  return groups;
}

void HeapHistory::look(std::string_view page) {
  if (page.size() != kProbePageSize) return;
  std::string_view text = page.substr(kStatsAt, kSitesAt - kStatsAt);
  text = text.substr(0, text.find('\0'));
  std::uint64_t numbers[6];
  for (std::uint64_t& each : numbers) {
    const auto number = number_before_blank(text);
    if (!number) return;
    each = *number;
  }
  if (!moments_.empty() && moments_.back().collections >= numbers[0]) return;
  if (moments_.size() == kMaxMoments) moments_.erase(moments_.begin());
  moments_.push_back(
      {.collections = numbers[0], .heap_bytes = numbers[1], .next_goal = numbers[5]});
}

}  // namespace gobox::runner
