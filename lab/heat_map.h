// SPDX-License-Identifier: Apache-2.0

#pragma once

// Heat maps of a sweep of two dimensions: the first runs down, the second across. Colour is the
// figure, from little (pale) to much (strong); its number stands in the cell, and an outcome other
// than ok is named and framed. Pure; thread-safe.

#include <string>

#include "lab/sweep_result.h"

namespace gobox::lab {

std::string draw_heat_maps(const SweepResult& result, const std::string& title);

}  // namespace gobox::lab
