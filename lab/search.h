// SPDX-License-Identifier: Apache-2.0

#pragma once

// Search: the smallest (memory, time, ...) or largest (-p, ...) value at which a job still ends ok,
// by bisection with repeats. A value holds when every one of its runs ended ok; the value found is
// then run again until it held `confirm` times, stepping away from the edge whenever it did not.
// Assumes that more of a limit never hurts; where a program is flaky near the edge, the answer lies
// on its safe side, and the tries say so.
//
// Knows no jobs: the caller runs one. Values are whole numbers of the name's quantum. Pure but for
// the callback.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "lab/dimension.h"

namespace gobox::lab {

enum class Goal { kSmallest, kLargest };

struct SearchPlan {
  std::string name;
  Goal goal = Goal::kSmallest;
  std::uint64_t low = 1;  // quanta, both ends included
  std::uint64_t high = 1;
  std::size_t repeat = 3;
  std::size_t confirm = 10;

  // 262144 bytes, 1 ms, 0.01 CPUs, or 1.
  double quantum() const;
  // As the flag of this name takes it.
  std::string text(std::uint64_t value) const;
  // For people.
  std::string shown(std::uint64_t value) const;
};

// "memory", "memory=16M..1G" or "p=1..64". Without a range: what is usual for that name.
Result<SearchPlan> parse_search(std::string_view text);

struct Tries {
  std::size_t ok = 0;
  std::map<std::string, std::size_t> outcomes;
  std::size_t count = 0;

  bool all_ok() const { return count > 0 && ok == count; }
};

enum class SearchEnd { kFound, kNowhere, kEverywhere, kInterrupted };

struct SearchResult {
  SearchEnd end = SearchEnd::kInterrupted;
  std::uint64_t value = 0;              // that holds: kFound, kEverywhere
  std::optional<std::uint64_t> beyond;  // the nearest tried that does not
  std::map<std::uint64_t, Tries> tries;
};

// The outcome's name, or nothing where it was interrupted. `round`: of that value, from 0.
using SearchRun =
    std::function<Result<std::optional<std::string>>(std::uint64_t value, std::size_t round)>;

Result<SearchResult> search(const SearchPlan& plan, const SearchRun& run);

// Two sentences: the answer, and how sure it is.
std::string explain(const SearchPlan& plan, const SearchResult& result);

}  // namespace gobox::lab
