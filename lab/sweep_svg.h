// SPDX-License-Identifier: Apache-2.0

#pragma once

// A SweepResult as a picture that needs no text beside it. One dimension: a curve each for time,
// memory and collections, every run a dot, the limit, the knee and the fitted line drawn. Two: a
// heat map each, cells that did not end ok named and framed. More: one map for every combination of
// the values of the dimensions behind the second. Pure; thread-safe.

#include <string>
#include <utility>
#include <vector>

#include "lab/sweep_result.h"

namespace gobox::lab {

inline constexpr std::size_t kMaxPictures = 12;

// (name, SVG): "sweep" alone, or "sweep-1", "sweep-2", ... for more than two dimensions. Nothing
// for a sweep without dimensions.
std::vector<std::pair<std::string, std::string>> sweep_pictures(const SweepResult& result,
                                                                const std::string& title);

}  // namespace gobox::lab
