// SPDX-License-Identifier: Apache-2.0

#include "lab/search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/quantity.h"
#include "lab/statistics.h"

namespace gobox::lab {
namespace {

constexpr double kConfidence = 0.95;
constexpr double kPrecision = 0.02;  // of the value: closer is noise
constexpr double kByteQuantum = 262144;

struct Usual {
  std::string_view name;
  std::string_view low;
  std::string_view high;
  Goal goal = Goal::kSmallest;
};

constexpr std::array kUsual = {Usual{"memory", "4M", "1G"},
                               Usual{"compile-memory", "16M", "2G"},
                               Usual{"disk", "256K", "1G"},
                               Usual{"run-timeout", "1ms", "8s"},
                               Usual{"compile-timeout", "10ms", "60s"},
                               Usual{"total-timeout", "20ms", "60s"},
                               Usual{"cpu-time", "1ms", "8s"},
                               Usual{"cpus", "0.05", "4"},
                               Usual{"pids", "4", "512"},
                               Usual{"p", "1", "64", Goal::kLargest},
                               Usual{"packages", "1", "2000", Goal::kLargest},
                               Usual{"arg", "", "", Goal::kLargest}};

Result<std::uint64_t> parse_bound(const SearchPlan& plan, std::string_view text) {
  const std::string name = "--until " + plan.name;
  double value = 0;
  switch (unit_of(plan.name)) {
    case Unit::kBytes:
      value = static_cast<double>(TRY(parse_size(name, text)));
      break;
    case Unit::kMilliseconds:
      value = static_cast<double>(TRY(parse_duration(name, text)).count()) / 1e6;
      break;
    case Unit::kPlain:
      value = plan.name == "cpus"
                  ? TRY(parse_cpus(name, text))
                  : static_cast<double>(TRY(parse_count(name, text, 1, 1'000'000'000)));
  }
  return static_cast<std::uint64_t>(std::max(1.0, std::round(value / plan.quantum())));
}

class Bisection {
 public:
  Bisection(const SearchPlan& plan, const SearchRun& run) : plan_(plan), run_(run) {}

  Result<SearchResult> find() {
    // Seen from the side that must hold: for the largest, low is the easy end.
    const bool smallest = plan_.goal == Goal::kSmallest;
    std::uint64_t good = smallest ? plan_.high : plan_.low;
    std::uint64_t bad = smallest ? plan_.low : plan_.high;
    if (!TRY(holds(good, plan_.repeat))) {
      return finish(stopped_ ? SearchEnd::kInterrupted : SearchEnd::kNowhere, good, std::nullopt);
    }
    const bool everywhere = good == bad || TRY(holds(bad, plan_.repeat));
    if (stopped_) return finish(SearchEnd::kInterrupted, good, std::nullopt);
    if (everywhere && TRY(holds(bad, plan_.confirm))) {
      return finish(SearchEnd::kEverywhere, bad, std::nullopt);
    }
    while (!stopped_ && !close(good, bad)) {
      const std::uint64_t middle = between(good, bad);
      (TRY(holds(middle, plan_.repeat)) ? good : bad) = middle;
    }
    return confirm(good, bad);
  }

 private:
  Result<SearchResult> confirm(std::uint64_t good, std::uint64_t bad) {
    const std::uint64_t easy = plan_.goal == Goal::kSmallest ? plan_.high : plan_.low;
    while (!stopped_ && !TRY(holds(good, plan_.confirm))) {
      if (stopped_) break;
      bad = good;
      if (good == easy) return finish(SearchEnd::kNowhere, good, std::nullopt);
      good = step_back(good, easy);
    }
    return finish(stopped_ ? SearchEnd::kInterrupted : SearchEnd::kFound, good, bad);
  }

  // Away from the edge by the precision.
  std::uint64_t step_back(std::uint64_t from, std::uint64_t easy) const {
    const auto step = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(static_cast<double>(from) * 2 * kPrecision));
    if (plan_.goal == Goal::kSmallest) return std::min(easy, from + step);
    return from > easy + step ? from - step : easy;
  }

  static bool close(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t gap = a > b ? a - b : b - a;
    return gap <= std::max<std::uint64_t>(1, static_cast<std::uint64_t>(
                                                 static_cast<double>(std::max(a, b)) * kPrecision));
  }

  // Over a wide range the orders of magnitude are halved, over a narrow one the range.
  static std::uint64_t between(std::uint64_t a, std::uint64_t b) {
    const auto low = static_cast<double>(std::min(a, b));
    const auto high = static_cast<double>(std::max(a, b));
    const double middle = high / low > 4 ? std::sqrt(low * high) : (low + high) / 2;
    return std::clamp(static_cast<std::uint64_t>(middle), std::min(a, b) + 1, std::max(a, b) - 1);
  }

  // Runs `value` until it was run `wanted` times in all or failed once.
  Result<bool> holds(std::uint64_t value, std::size_t wanted) {
    Tries& tries = result_.tries[value];
    while (tries.ok == tries.count && tries.count < wanted) {
      const std::optional<std::string> outcome = TRY(run_(value, tries.count));
      if (!outcome) {
        stopped_ = true;
        return false;
      }
      ++tries.count;
      ++tries.outcomes[*outcome];
      if (*outcome == "ok") ++tries.ok;
    }
    return tries.all_ok();
  }

  SearchResult finish(SearchEnd end, std::uint64_t value, std::optional<std::uint64_t> beyond) {
    result_.end = end;
    result_.value = value;
    result_.beyond = beyond;
    return result_;
  }

  const SearchPlan& plan_;
  const SearchRun& run_;
  SearchResult result_;
  bool stopped_ = false;
};

std::string outcomes_text(const Tries& tries) {
  std::string text;
  for (const auto& [name, count] : tries.outcomes) {
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
  }
  return text;
}

}  // namespace

double SearchPlan::quantum() const {
  if (unit_of(name) == Unit::kBytes) return kByteQuantum;
  return name == "cpus" ? 0.01 : 1;
}

std::string SearchPlan::text(std::uint64_t value) const {
  char text[48];
  switch (unit_of(name)) {
    case Unit::kBytes: {
      const std::uint64_t kibibytes = value * static_cast<std::uint64_t>(kByteQuantum) / 1024;
      return kibibytes % 1024 == 0 ? std::to_string(kibibytes / 1024) + "M"
                                   : std::to_string(kibibytes) + "K";
    }
    case Unit::kMilliseconds:
      return std::to_string(value) + "ms";
    case Unit::kPlain:
      break;
  }
  if (name != "cpus") return std::to_string(value);
  std::snprintf(text, sizeof text, "%.2f", static_cast<double>(value) * quantum());
  return text;
}

std::string SearchPlan::shown(std::uint64_t value) const {
  if (unit_of(name) != Unit::kBytes) return text(value);
  return format_size(value * static_cast<std::uint64_t>(kByteQuantum));
}

Result<SearchPlan> parse_search(std::string_view text) {
  const std::size_t equals = text.find('=');
  SearchPlan plan;
  plan.name = text.substr(0, equals);
  const auto usual = std::find_if(kUsual.begin(), kUsual.end(),
                                  [&](const Usual& each) { return each.name == plan.name; });
  if (usual == kUsual.end()) {
    std::string names;
    for (const Usual& each : kUsual) names += (names.empty() ? "" : ", ") + std::string(each.name);
    return Error::caller("--until: \"" + plan.name +
                         "\" cannot be searched for; these can: " + names);
  }
  plan.goal = usual->goal;
  std::string low(usual->low);
  std::string high(usual->high);
  if (equals != std::string_view::npos) {
    const std::string range(text.substr(equals + 1));
    std::size_t gap = range.find("..");
    std::size_t width = 2;
    if (gap == std::string::npos) {
      gap = range.find(',');
      width = 1;
    }
    if (gap == std::string::npos) {
      return Error::caller("--until " + plan.name + ": \"" + range + "\" is not LOW..HIGH");
    }
    low = range.substr(0, gap);
    high = range.substr(gap + width);
  }
  if (low.empty() || high.empty()) {
    return Error::caller("--until " + plan.name + " needs a range: " + plan.name + "=LOW..HIGH");
  }
  plan.low = TRY(parse_bound(plan, low));
  plan.high = TRY(parse_bound(plan, high));
  if (plan.low > plan.high) {
    return Error::caller("--until " + plan.name + ": the range " + low + ".." + high + " is empty");
  }
  return plan;
}

Result<SearchResult> search(const SearchPlan& plan, const SearchRun& run) {
  return Bisection(plan, run).find();
}

std::string explain(const SearchPlan& plan, const SearchResult& result) {
  const std::string goal = plan.goal == Goal::kSmallest ? "smallest " : "largest ";
  const std::string easy = plan.goal == Goal::kSmallest ? "even at " : "already at ";
  const auto found = result.tries.find(result.value);
  const Tries tries = found == result.tries.end() ? Tries{} : found->second;
  switch (result.end) {
    case SearchEnd::kInterrupted:
      return "interrupted before the " + goal + plan.name + " was found\n";
    case SearchEnd::kNowhere:
      return easy + plan.name + " " + plan.shown(result.value) + " it does not end ok (" +
             outcomes_text(tries) + "): nothing in the range holds\n";
    case SearchEnd::kEverywhere:
    case SearchEnd::kFound:
      break;
  }
  char bound[32];
  std::snprintf(bound, sizeof bound, "%.0f %%",
                100 * success_bound(tries.ok, tries.count, kConfidence));
  std::string text =
      goal + plan.name + " at which it ends ok: " + plan.shown(result.value) +
      "\nhow sure: " + std::to_string(tries.ok) + " of " + std::to_string(tries.count) +
      " runs ended ok there, so with 95 % confidence at least " + bound + " of all runs do; ";
  if (!result.beyond) return text + "it is the end of the range that was searched\n";
  const Tries& beyond = result.tries.at(*result.beyond);
  return text + "at " + plan.shown(*result.beyond) + ": " + outcomes_text(beyond) + "\n";
}

}  // namespace gobox::lab
