// SPDX-License-Identifier: Apache-2.0

#include "sandbox/seccomp/range_search.h"

#include <linux/bpf_common.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace gobox::sandbox {
namespace {

constexpr std::uint32_t kAll = 0xffffffff;
constexpr std::size_t kFarthest = 255;  // a conditional jump

constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr unsigned kAnd = BPF_ALU | BPF_AND | BPF_K;
constexpr unsigned kReturn = BPF_RET | BPF_K;
constexpr unsigned kJump = BPF_JMP | BPF_JA;
constexpr unsigned kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr unsigned kGreater = BPF_JMP | BPF_JGT | BPF_K;
constexpr unsigned kGreaterEqual = BPF_JMP | BPF_JGE | BPF_K;
constexpr unsigned kAnySet = BPF_JMP | BPF_JSET | BPF_K;

// Where a decision goes on: an answer, a load of another word, or, with `word` loaded and masked, a
// test whose values are no range, which is copied as it is.
struct Station {
  enum class Kind { kAnswer, kDecision, kCopy };

  Kind kind = Kind::kAnswer;
  std::size_t at = 0;      // the instruction; stations lie in the order of theirs
  std::uint32_t word = 0;  // kAnswer: the answer
  std::uint32_t mask = kAll;

  bool operator==(const Station&) const = default;

  bool operator<(const Station& other) const {
    return std::tie(at, kind, word, mask) < std::tie(other.at, other.kind, other.word, other.mask);
  }
};

// The values from `low` to `high`, both included; 64 bits, so that none overflows.
struct Range {
  std::uint64_t low = 0;
  std::uint64_t high = kAll;
};

struct Fate {
  Range range;
  Station next;
};

bool keeps_order(std::uint32_t mask) {
  const std::uint32_t rest = ~mask;
  return (rest & (rest + 1)) == 0;
}

bool is_condition(unsigned code) {
  return code == kEqual || code == kGreater || code == kGreaterEqual || code == kAnySet;
}

// The values for which `test` holds of (value & mask); an empty range has low > high.
Range values_of(const sock_filter& test, std::uint32_t mask) {
  const std::uint64_t low_bits = ~mask;
  const std::uint64_t k = test.k;
  const bool on_step = (k & low_bits) == 0;
  if (test.code == kEqual) return on_step ? Range{k, k | low_bits} : Range{1, 0};
  if (test.code == kGreater) return {(k | low_bits) + 1, kAll};
  return {on_step ? k : (k | low_bits) + 1, kAll};
}

class Rewriting {
 public:
  explicit Rewriting(const std::vector<sock_filter>& filter) : filter_(filter) {}

  std::optional<std::vector<sock_filter>> run() {
    if (filter_.empty() || filter_[0].code != kLoad) return std::nullopt;
    std::set<Station> waiting{{.kind = Station::Kind::kDecision, .at = 0}};
    // Jumps only go forward, in the old filter and so in the new one.
    while (!waiting.empty() && possible_) {
      const Station station = *waiting.begin();
      waiting.erase(waiting.begin());
      starts_[station] = made_.size();
      if (station.kind == Station::Kind::kDecision) {
        search(station, waiting);
      } else {
        copy(station, waiting);
      }
    }
    for (const auto& [jump, station] : links_) {
      made_[jump].k = static_cast<std::uint32_t>(starts_[station] - jump - 1);
    }
    if (!possible_) return std::nullopt;
    return std::move(made_);
  }

 private:
  struct Walk {
    std::size_t at = 0;
    Range range;
    std::uint32_t mask = kAll;
  };

  void search(const Station& station, std::set<Station>& waiting) {
    const std::uint32_t word = filter_[station.at].k;
    const std::vector<Fate> fates = fates_from(station.at, word);
    if (!possible_) return;
    made_.push_back({kLoad, 0, 0, word});
    emit_search(fates, 0, fates.size(), waiting);
  }

  // What becomes of each value of the word that the instruction `at` loads.
  std::vector<Fate> fates_from(std::size_t at, std::uint32_t word) {
    std::vector<Fate> fates;
    std::vector<Walk> walks{{.at = at + 1, .range = {}, .mask = kAll}};
    while (!walks.empty() && possible_) {
      const Walk walk = walks.back();
      walks.pop_back();
      if (walk.range.low > walk.range.high) continue;
      if (!follow(walk, word, walks)) fates.push_back({walk.range, station_of(walk, word)});
    }
    std::sort(fates.begin(), fates.end(),
              [](const Fate& a, const Fate& b) { return a.range.low < b.range.low; });
    std::vector<Fate> merged;
    for (const Fate& fate : fates) {
      if (!merged.empty() && merged.back().next == fate.next) {
        merged.back().range.high = fate.range.high;
      } else {
        merged.push_back(fate);
      }
    }
    return merged;
  }

  // One instruction further; false: a range of values cannot say where.
  bool follow(const Walk& walk, std::uint32_t word, std::vector<Walk>& walks) {
    if (walk.at >= filter_.size()) {
      possible_ = false;
      return true;
    }
    const sock_filter& step = filter_[walk.at];
    if (step.code == kLoad && step.k == word) {
      walks.push_back({walk.at + 1, walk.range, kAll});
      return true;
    }
    if (step.code == kJump) {
      walks.push_back({walk.at + 1 + step.k, walk.range, walk.mask});
      return true;
    }
    if (step.code == kAnd && keeps_order(walk.mask & step.k)) {
      walks.push_back({walk.at + 1, walk.range, walk.mask & step.k});
      return true;
    }
    if (!is_condition(step.code) || step.code == kAnySet) return false;
    const Range holds = values_of(step, walk.mask);
    const std::size_t no = walk.at + 1 + step.jf;
    if (holds.low > holds.high) {
      walks.push_back({no, walk.range, walk.mask});
      return true;
    }
    const auto [low, high] = walk.range;
    if (holds.low > 0) walks.push_back({no, {low, std::min(high, holds.low - 1)}, walk.mask});
    walks.push_back(
        {walk.at + 1 + step.jt, {std::max(low, holds.low), std::min(high, holds.high)}, walk.mask});
    walks.push_back({no, {std::max(low, holds.high + 1), high}, walk.mask});
    return true;
  }

  Station station_of(const Walk& walk, std::uint32_t word) const {
    const sock_filter& step = filter_[walk.at];
    if (step.code == kReturn) return {.kind = Station::Kind::kAnswer, .word = step.k};
    if (step.code == kLoad) return {.kind = Station::Kind::kDecision, .at = walk.at};
    return {.kind = Station::Kind::kCopy, .at = walk.at, .word = word, .mask = walk.mask};
  }

  // Halves until one fate is left: its answer, or a jump.
  void emit_search(const std::vector<Fate>& fates, std::size_t first, std::size_t last,
                   std::set<Station>& waiting) {
    if (last - first == 1) return emit_way_to(fates[first].next, waiting);
    const std::size_t middle = (first + last) / 2;
    const std::size_t test = made_.size();
    made_.push_back({kGreaterEqual, 0, 0, static_cast<std::uint32_t>(fates[middle].range.low)});
    emit_search(fates, first, middle, waiting);
    made_[test].jt = near(test, made_.size());
    emit_search(fates, middle, last, waiting);
  }

  void emit_way_to(const Station& station, std::set<Station>& waiting) {
    if (station.kind == Station::Kind::kAnswer) {
      made_.push_back({kReturn, 0, 0, station.word});
      return;
    }
    waiting.insert(station);
    links_.emplace_back(made_.size(), station);
    made_.push_back({kJump, 0, 0, 0});
  }

  std::uint8_t near(std::size_t from, std::size_t to) {
    const std::size_t distance = to - from - 1;
    if (distance > kFarthest) possible_ = false;
    return static_cast<std::uint8_t>(distance);
  }

  // The instructions from `station` up to answers and loads, and after them the ways out.
  void copy(const Station& station, std::set<Station>& waiting) {
    const std::set<std::size_t> body = body_from(station.at);
    if (!possible_) return;
    if (station.mask != kAll) made_.push_back({kAnd, 0, 0, station.mask});
    std::map<std::size_t, std::size_t> places;  // old instruction to new
    for (const std::size_t at : body) {
      places[at] = made_.size();
      made_.push_back(filter_[at]);
    }
    // Ways out come last. An instruction without a jump needs its next beside it, so none may lead
    // straight to one: no filter of libseccomp's does.
    const auto place_of = [&](std::size_t at) {
      const auto [entry, fresh] = places.try_emplace(at, made_.size());
      if (fresh) emit_way_to(station_of({at, {}, kAll}, station.word), waiting);
      return entry->second;
    };
    for (const std::size_t at : body) {
      const std::size_t here = places[at];
      const sock_filter step = filter_[at];
      if (is_condition(step.code)) {
        const std::size_t yes = place_of(at + 1 + step.jt);
        const std::size_t no = place_of(at + 1 + step.jf);
        made_[here].jt = near(here, yes);
        made_[here].jf = near(here, no);
      } else if (step.code == kJump) {
        made_[here].k = static_cast<std::uint32_t>(place_of(at + 1 + step.k) - here - 1);
      } else if (place_of(at + 1) != here + 1) {
        possible_ = false;
      }
    }
  }

  std::set<std::size_t> body_from(std::size_t first) {
    std::set<std::size_t> body;
    std::vector<std::size_t> open{first};
    while (!open.empty() && possible_) {
      const std::size_t at = open.back();
      open.pop_back();
      if (at >= filter_.size()) {
        possible_ = false;
        break;
      }
      const sock_filter& step = filter_[at];
      if (step.code == kReturn || step.code == kLoad || !body.insert(at).second) continue;
      if (is_condition(step.code)) {
        open.push_back(at + 1 + step.jt);
        open.push_back(at + 1 + step.jf);
      } else if (step.code == kJump) {
        open.push_back(at + 1 + step.k);
      } else if (step.code == kAnd) {
        open.push_back(at + 1);
      } else {
        possible_ = false;
      }
    }
    return body;
  }

  const std::vector<sock_filter>& filter_;
  std::vector<sock_filter> made_;
  std::map<Station, std::size_t> starts_;
  std::vector<std::pair<std::size_t, Station>> links_;  // jumps whose distance is not known yet
  bool possible_ = true;
};

}  // namespace

std::vector<sock_filter> searched_by_ranges(const std::vector<sock_filter>& filter) {
  const auto made = Rewriting(filter).run();
  return made && made->size() < filter.size() ? *made : filter;
}

}  // namespace gobox::sandbox
