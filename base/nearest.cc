// SPDX-License-Identifier: Apache-2.0

#include "base/nearest.h"

#include <algorithm>
#include <vector>

namespace gobox {
namespace {

constexpr std::size_t kMaxWord = 64;  // longer ones are no slip of a finger

std::size_t distance(std::string_view one, std::string_view other) {
  const std::size_t width = other.size() + 1;
  std::vector<std::size_t> cost((one.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return cost[i * width + j]; };
  for (std::size_t i = 0; i <= one.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= other.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t change = one[i - 1] == other[j - 1] ? 0 : 1;
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change});
      const bool swapped =
          i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(one.size(), other.size());
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> known) {
  if (word.size() < 3 || word.size() > kMaxWord) return "";
  const std::size_t most = std::max<std::size_t>(word.size() / 3, word.size() > 3 ? 2 : 1);
  std::string found;
  std::size_t least = most + 1;
  for (const std::string& each : known) {
    if (each.size() > kMaxWord) continue;
    const std::size_t changes = distance(word, each);
    if (changes >= least) continue;
    least = changes;
    found = each;
  }
  return found;
}

}  // namespace gobox
