// SPDX-License-Identifier: Apache-2.0

#pragma once

// A SweepResult as a terminal table, as CSV (one line per run) and as JSON (what `compare` reads
// back). Pure; thread-safe.

#include <string>
#include <string_view>

#include "base/error.h"
#include "lab/sweep_result.h"

namespace gobox::lab {

std::string sweep_table(const SweepResult& result);
std::string sweep_csv(const SweepResult& result);
// One object with a newline at its end.
std::string sweep_json(const SweepResult& result);

}  // namespace gobox::lab
