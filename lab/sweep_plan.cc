// SPDX-License-Identifier: Apache-2.0

#include "lab/sweep_plan.h"

#include <numeric>
#include <random>

namespace gobox::lab {

std::size_t SweepPlan::cells() const {
  std::size_t count = 1;
  for (const Dimension& dimension : dimensions) count *= dimension.values.size();
  return count;
}

std::vector<std::size_t> SweepPlan::place(std::size_t cell) const {
  std::vector<std::size_t> at(dimensions.size());
  for (std::size_t i = dimensions.size(); i-- > 0;) {
    at[i] = cell % dimensions[i].values.size();
    cell /= dimensions[i].values.size();
  }
  return at;
}

std::vector<Setting> SweepPlan::settings(std::size_t cell) const {
  const std::vector<std::size_t> at = place(cell);
  std::vector<Setting> all;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    all.push_back({dimensions[i].name, dimensions[i].values[at[i]]});
  }
  return all;
}

std::vector<Turn> SweepPlan::order() const {
  std::vector<Turn> turns;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<std::size_t> cell(cells());
    std::iota(cell.begin(), cell.end(), std::size_t{0});
    std::mt19937_64 random(seed * 0x9e3779b97f4a7c15ULL + round);
    // Written out: std::shuffle may differ between libraries, and a seed must mean one order.
    for (std::size_t i = cell.size(); i > 1; --i) std::swap(cell[i - 1], cell[random() % i]);
    for (const std::size_t each : cell) turns.push_back({each, round});
  }
  return turns;
}

}  // namespace gobox::lab
