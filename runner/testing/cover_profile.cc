// SPDX-License-Identifier: Apache-2.0

#include "runner/testing/cover_profile.h"

#include <charconv>
#include <map>

#include "base/line.h"

namespace gobox::runner {
namespace {

constexpr std::string_view kMode = "mode: ";

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end == text.data()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_character(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

bool is_mode(std::string_view mode) {
  return mode == "set" || mode == "count" || mode == "atomic";
}

}  // namespace

std::optional<CoverBlock> parse_cover_block(std::string_view line) {
  constexpr std::string_view kEnding = ".go:";
  const std::size_t ending = line.rfind(kEnding);
  if (ending == std::string_view::npos || ending == 0) return std::nullopt;
  CoverBlock block;
  block.file = line.substr(0, ending + 3);
  std::string_view rest = line.substr(ending + kEnding.size());
  std::uint64_t column = 0;
  const bool placed = take_number(rest, block.first_line) && take_character(rest, '.') &&
                      take_number(rest, column) && take_character(rest, ',') &&
                      take_number(rest, block.last_line) && take_character(rest, '.') &&
                      take_number(rest, column);
  if (!placed) return std::nullopt;
  block.place = line.substr(0, line.size() - rest.size());
  const bool counted = take_character(rest, ' ') && take_number(rest, block.statements) &&
                       take_character(rest, ' ') && take_number(rest, block.count);
  return counted && rest.empty() ? std::optional(block) : std::nullopt;
}

void CoverProfile::add(std::string_view profile) {
  while (!profile.empty()) {
    const std::string_view line = take_line(profile);
    if (line.empty()) continue;
    if (line.starts_with(kMode)) {
      const std::string_view mode = line.substr(kMode.size());
      if (mode_.empty() && is_mode(mode)) mode_ = std::string(mode);
      continue;
    }
    if (!parse_cover_block(line) || blocks_.size() + line.size() > kMaxBytes) {
      ++left_out_;
      continue;
    }
    blocks_ += line;
    blocks_ += '\n';
  }
}

std::string CoverProfile::text() const {
  if (mode_.empty()) return "";
  return std::string(kMode) + mode_ + "\n" + blocks_;
}

double covered_percent(std::string_view profile) {
  std::map<std::string_view, CoverBlock> blocks;
  while (!profile.empty()) {
    const auto block = parse_cover_block(take_line(profile));
    if (!block) continue;
    const auto [known, is_new] = blocks.try_emplace(block->place, *block);
    if (!is_new && block->count > 0) known->second.count = block->count;
  }
  double statements = 0;
  double covered = 0;
  for (const auto& [place, block] : blocks) {
    statements += static_cast<double>(block.statements);
    if (block.count > 0) covered += static_cast<double>(block.statements);
  }
  return statements > 0 ? 100 * covered / statements : -1;
}

}  // namespace gobox::runner
