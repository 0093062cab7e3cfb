// SPDX-License-Identifier: Apache-2.0

#include "policies/conditions.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace gobox::policies {
namespace {

constexpr unsigned kArguments = 6;
constexpr int kBits = 64;

// A set of argument values in which each bit is 0, 1 or free: those with (argument & mask) ==
// value.
struct Pattern {
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
};

// The product of one pattern per argument. Every condition is a union of disjoint cubes.
using Cube = std::array<Pattern, kArguments>;

std::uint64_t bit_at(int index) {
  return std::uint64_t{1} << index;
}

// The bits above `index`.
std::uint64_t above(int index) {
  return index + 1 >= kBits ? 0 : ~std::uint64_t{0} << (index + 1);
}

// Numbers that agree with `value` above some bit and differ there, in the wanted direction: how
// "less" (the bit falls to 0), "greater" (it rises to 1) and "not equal" (either) become patterns.
void add_differing(std::uint64_t value, bool falls, bool rises, std::vector<Pattern>& patterns) {
  for (int index = kBits - 1; index >= 0; --index) {
    const bool set = (value & bit_at(index)) != 0;
    if (set ? !falls : !rises) continue;
    const std::uint64_t mask = above(index) | bit_at(index);
    patterns.push_back({mask, (value ^ bit_at(index)) & mask});
  }
}

std::vector<Pattern> patterns_of(const ArgumentTest& test) {
  std::vector<Pattern> patterns;
  switch (test.op) {
    case ArgumentTest::Op::kEqual:
      patterns.push_back({~std::uint64_t{0}, test.value});
      break;
    case ArgumentTest::Op::kMaskedEqual:
      // A value with bits outside the mask is never equal: no pattern at all.
      if ((test.value & ~test.mask) == 0) patterns.push_back({test.mask, test.value});
      break;
    case ArgumentTest::Op::kNotEqual:
      add_differing(test.value, true, true, patterns);
      break;
    case ArgumentTest::Op::kLess:
      add_differing(test.value, true, false, patterns);
      break;
    case ArgumentTest::Op::kGreaterEqual:
      patterns.push_back({~std::uint64_t{0}, test.value});
      add_differing(test.value, false, true, patterns);
      break;
  }
  return patterns;
}

// Nothing where there would be more than kMaxPieces.
std::optional<std::vector<Cube>> cubes_of(const Condition& condition) {
  std::vector<Cube> cubes = {Cube{}};
  for (const ArgumentTest& test : condition) {
    const std::vector<Pattern> patterns = patterns_of(test);
    std::vector<Cube> product;
    if (cubes.size() * patterns.size() > kMaxPieces) return std::nullopt;
    for (const Cube& cube : cubes) {
      for (const Pattern& pattern : patterns) {
        product.push_back(cube);
        product.back().at(test.index) = pattern;
      }
    }
    cubes = std::move(product);
  }
  return cubes;
}

bool overlap(const Pattern& one, const Pattern& other) {
  return ((one.value ^ other.value) & one.mask & other.mask) == 0;
}

bool overlap(const Cube& one, const Cube& other) {
  for (unsigned index = 0; index < kArguments; ++index) {
    if (!overlap(one.at(index), other.at(index))) return false;
  }
  return true;
}

// The patterns a condition leaves to one argument: everything, where it has no test for it.
std::vector<Pattern> patterns_for(const Condition& condition, unsigned index) {
  const auto test = std::ranges::find(condition, index, &ArgumentTest::index);
  return test == condition.end() ? std::vector<Pattern>{Pattern{}} : patterns_of(*test);
}

// What of `cube` lies outside `taken`: walk over the bits that `taken` fixes and `cube` leaves
// free, split off the half that differs in that bit, and go on within the half that agrees.
void subtract(const Cube& cube, const Cube& taken, std::vector<Cube>& rest) {
  if (!overlap(cube, taken)) {
    rest.push_back(cube);
    return;
  }
  Cube inside = cube;
  for (unsigned index = 0; index < kArguments; ++index) {
    const Pattern& wall = taken.at(index);
    for (int bit = kBits - 1; bit >= 0; --bit) {
      const std::uint64_t here = bit_at(bit);
      if ((wall.mask & here) == 0 || (inside.at(index).mask & here) != 0) continue;
      Cube outside = inside;
      outside.at(index).mask |= here;
      outside.at(index).value |= ~wall.value & here;
      rest.push_back(outside);
      inside.at(index).mask |= here;
      inside.at(index).value |= wall.value & here;
    }
  }
}

Condition condition_of(const Cube& cube) {
  Condition condition;
  for (unsigned index = 0; index < kArguments; ++index) {
    if (cube.at(index).mask == 0) continue;
    condition.push_back({.index = index,
                         .op = ArgumentTest::Op::kMaskedEqual,
                         .mask = cube.at(index).mask,
                         .value = cube.at(index).value});
  }
  return condition;
}

}  // namespace

// Conditions are products over the arguments, so they meet where they meet in every argument.
bool overlap(const Condition& one, const Condition& other) {
  for (unsigned index = 0; index < kArguments; ++index) {
    const std::vector<Pattern> others = patterns_for(other, index);
    const bool meet = std::ranges::any_of(patterns_for(one, index), [&](const Pattern& pattern) {
      return std::ranges::any_of(others, [&](const Pattern& p) { return overlap(pattern, p); });
    });
    if (!meet) return false;
  }
  return true;
}

std::optional<std::vector<Condition>> remainder_of(const std::vector<Condition>& covered) {
  std::vector<Cube> left = {Cube{}};
  for (const Condition& condition : covered) {
    const std::optional<std::vector<Cube>> cubes = cubes_of(condition);
    if (!cubes) return std::nullopt;
    for (const Cube& taken : *cubes) {
      std::vector<Cube> rest;
      for (const Cube& cube : left) subtract(cube, taken, rest);
      left = std::move(rest);
      if (left.size() > kMaxPieces) return std::nullopt;
    }
  }
  std::vector<Condition> result;
  result.reserve(left.size());
  for (const Cube& cube : left) result.push_back(condition_of(cube));
  return result;
}

}  // namespace gobox::policies
