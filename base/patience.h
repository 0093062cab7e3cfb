// SPDX-License-Identifier: Apache-2.0

#pragma once

// Patience: how long a wait may last, and what ends it early. Passed down to everything that waits
// for somebody else. Does not own the descriptor.

#include <chrono>
#include <string>

#include "base/error.h"

namespace gobox {

struct Patience {
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  int cancel = -1;  // readable: it is no longer wanted; -1: never

  static Patience of(std::chrono::nanoseconds time, int cancel_fd = -1) {
    return {std::chrono::steady_clock::now() + time, cancel_fd};
  }

  bool is_over() const { return std::chrono::steady_clock::now() >= until; }

  bool is_canceled() const;
};

// Waits until poll(2) has `events` for `file`. Error: canceled (base/canceled.h), or ETIMEDOUT;
// `step` says what is waited for: "setting up the sandbox".
Result<void> await(int file, short events, const Patience& patience, const std::string& step);

// An exclusive flock(2) on `file`.
Result<void> await_lock(int file, const Patience& patience, const std::string& step);

}  // namespace gobox
