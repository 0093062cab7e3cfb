// SPDX-License-Identifier: Apache-2.0

#pragma once

// SweepPlan: the grid of a sweep and the order it is measured in. Every round measures each cell
// once, in an order of its own drawn from the seed: what drifts while a sweep runs (a warming
// cache, a busy neighbour) hits all cells alike, and more rounds can be added without changing
// those done. Values; pure; thread-safe.

#include <cstdint>
#include <string>
#include <vector>

#include "lab/dimension.h"

namespace gobox::lab {

struct Turn {
  std::size_t cell = 0;
  std::size_t round = 0;  // from 0

  bool operator==(const Turn&) const = default;
};

struct SweepPlan {
  std::vector<Dimension> dimensions;
  std::size_t rounds = 1;
  std::uint64_t seed = 0;

  std::size_t cells() const;  // 1 without dimensions

  // Row by row: the last dimension changes fastest.
  std::vector<Setting> settings(std::size_t cell) const;
  // Of `cell`, along each dimension.
  std::vector<std::size_t> place(std::size_t cell) const;

  std::vector<Turn> order() const;
};

}  // namespace gobox::lab
