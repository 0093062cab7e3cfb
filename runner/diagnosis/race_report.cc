// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/race_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "runner/diagnosis/line_cursor.h"

namespace gobox::runner {

namespace {

constexpr std::string_view kRuler = "==================";
constexpr std::string_view kHeading = "WARNING: DATA RACE";

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

struct KindName {
  std::string_view printed;
  RaceAccessKind kind;
  bool previous;
};

constexpr std::array<KindName, 8> kKinds{{
    {"Read", RaceAccessKind::kRead, false},
    {"Write", RaceAccessKind::kWrite, false},
    {"Previous read", RaceAccessKind::kRead, true},
    {"Previous write", RaceAccessKind::kWrite, true},
    {"Atomic read", RaceAccessKind::kAtomicRead, false},
    {"Atomic write", RaceAccessKind::kAtomicWrite, false},
    {"Previous atomic read", RaceAccessKind::kAtomicRead, true},
    {"Previous atomic write", RaceAccessKind::kAtomicWrite, true},
}};

// "Previous write at 0x00c00009e038 by goroutine 8:", the goroutine or "main goroutine"
std::optional<RaceAccess> parse_access(std::string_view line) {
  if (!line.ends_with(':')) return std::nullopt;
  line.remove_suffix(1);
  for (const KindName& candidate : kKinds) {
    std::string_view rest = line;
    if (!take(rest, candidate.printed) || !take(rest, " at 0x")) continue;
    const std::size_t by = rest.find(" by ");
    if (by == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(by + 4);
    RaceAccess access;
    access.kind = candidate.kind;
    access.previous = candidate.previous;
    if (rest == "main goroutine") return access;
    if (!take(rest, "goroutine ")) return std::nullopt;
    const auto id = parse_decimal(rest);
    if (!id) return std::nullopt;
    access.goroutine = *id;
    return access;
  }
  return std::nullopt;
}

struct Creation {
  std::uint64_t goroutine = 0;
  bool finished = false;
};

// "Goroutine 8 (finished) created at:"
std::optional<Creation> parse_creation(std::string_view line) {
  if (!take(line, "Goroutine ") || !line.ends_with(" created at:")) return std::nullopt;
  line.remove_suffix(std::string_view(" created at:").size());
  const bool finished = line.ends_with(" (finished)");
  const auto id = parse_decimal(line.substr(0, line.find(' ')));
  if (!id) return std::nullopt;
  return Creation{*id, finished};
}

std::string place(const RaceAccess& access) {
  if (access.frames.empty()) return "";
  const Frame& frame = access.frames[first_user_frame(access.frames).value_or(0)];
  return frame.file + ":" + std::to_string(frame.line);
}

using Places = std::pair<std::string, std::string>;

Places places_of(const Race& race) {
  std::string first = place(race.accesses.front());
  std::string second = place(race.accesses.back());
  if (second < first) std::swap(first, second);
  return {std::move(first), std::move(second)};
}

// One report after another: a heading opens a block, a ruler closes it.
class RaceReader {
 public:
  explicit RaceReader(const UserPaths& paths) : paths_(paths) {}

  void take_line(std::string_view line) {
    if (line == kHeading) {
      open_ = true;
      race_ = Race{};
      stacks_.clear();
      function_.clear();
    } else if (!open_) {
      return;
    } else if (line == kRuler) {
      close(2);
    } else {
      take_block_line(line);
    }
  }

  std::vector<Race> finish() {
    close(1);
    return std::move(races_);
  }

 private:
  // What the frames that follow belong to: an access's stack, or the creation of its goroutine.
  struct Stack {
    std::size_t access;
    bool creation;
  };

  void take_block_line(std::string_view line) {
    if (line.empty()) {
      stacks_.clear();
    } else if (line.front() == ' ') {
      take_frame_line(line);
    } else if (auto access = parse_access(line)) {
      stacks_.clear();
      if (race_.accesses.size() == 2) return;
      stacks_.push_back({race_.accesses.size(), false});
      race_.accesses.push_back(std::move(*access));
    } else if (const auto creation = parse_creation(line)) {
      take_creation(*creation);
    }
  }

  void take_creation(const Creation& creation) {
    stacks_.clear();
    for (std::size_t i = 0; i < race_.accesses.size(); ++i) {
      if (race_.accesses[i].goroutine != creation.goroutine) continue;
      race_.accesses[i].finished = creation.finished;
      stacks_.push_back({i, true});
    }
  }

  // Two spaces before a function, six before its location.
  void take_frame_line(std::string_view line) {
    if (stacks_.empty() || line.size() > kLongestReportLine) return;
    if (!line.starts_with("      ")) {
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      function_ = parse_function(line).value_or("");
      return;
    }
    const auto location = parse_location(line);
    if (!location || function_.empty()) return;
    for (const Stack& stack : stacks_) {
      RaceAccess& access = race_.accesses[stack.access];
      append_frame(stack.creation ? access.created_at : access.frames,
                   make_frame(function_, *location, paths_));
    }
    function_.clear();
  }

  void close(std::size_t least_accesses) {
    const bool whole = open_ && race_.accesses.size() >= least_accesses;
    open_ = false;
    if (!whole) return;
    const auto [known, is_new] = index_.try_emplace(places_of(race_), races_.size());
    if (!is_new) {
      ++races_[known->second].count;
    } else if (races_.size() == kMaxRaces) {
      index_.erase(known);
    } else {
      races_.push_back(std::move(race_));
    }
  }

  const UserPaths& paths_;
  bool open_ = false;
  Race race_;
  std::vector<Stack> stacks_;
  std::string function_;
  std::map<Places, std::size_t> index_;
  std::vector<Race> races_;
};

}  // namespace

std::string_view name(RaceAccessKind kind) {
  switch (kind) {
    case RaceAccessKind::kRead:
      return "read";
    case RaceAccessKind::kWrite:
      return "write";
    case RaceAccessKind::kAtomicRead:
      return "atomic read";
    case RaceAccessKind::kAtomicWrite:
      return "atomic write";
  }
  return "access";
}

std::vector<Race> parse_races(std::string_view text, const UserPaths& paths) {
  RaceReader reader(paths);
  LineCursor lines(text);
  std::string_view line;
  while (lines.next(line)) reader.take_line(line);
  return reader.finish();
}

std::optional<std::uint64_t> races_found(std::string_view text) {
  std::optional<std::uint64_t> found;
  LineCursor lines(text);
  std::string_view line;
  while (lines.next(line)) {
    if (!take(line, "Found ") || !line.ends_with(" data race(s)")) continue;
    const auto number = parse_decimal(line.substr(0, line.find(' ')));
    if (number) found = number;
  }
  return found;
}

}  // namespace gobox::runner
