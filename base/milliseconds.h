// SPDX-License-Identifier: Apache-2.0

#pragma once

// Durations as JSON and its readers have them. No state.

#include <chrono>
#include <cstdint>

namespace gobox {

// To the microsecond.
inline double as_milliseconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count() / 1000) / 1000.0;
}

// Of a duration that is not negative.
inline std::uint64_t whole_milliseconds(std::chrono::nanoseconds duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace gobox
