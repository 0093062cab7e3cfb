// SPDX-License-Identifier: Apache-2.0

#pragma once

// Curves of a sweep of one dimension: the medians as a line, every run a dot, runs that did not end
// ok in red with their outcome, the memory limit, the knee and the fitted line. The axis is linear
// for numbers, logarithmic for numbers far apart, and in the order given for words. Pure;
// thread-safe.

#include <string>

#include "lab/sweep_result.h"

namespace gobox::lab {

std::string draw_curves(const SweepResult& result, const std::string& title);

}  // namespace gobox::lab
