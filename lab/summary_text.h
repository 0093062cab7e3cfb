// SPDX-License-Identifier: Apache-2.0

#pragma once

// Figures as the laboratory's tables and JSON show them. Values; pure; thread-safe.

#include <boost/json/value.hpp>
#include <string>

#include "lab/statistics.h"

namespace gobox::lab {

inline constexpr double kMiB = 1048576;  // bytes

// Four significant digits.
std::string number(double value);

// null where nothing was measured.
boost::json::value summary_json(const Summary& summary);

}  // namespace gobox::lab
