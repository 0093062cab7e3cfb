// SPDX-License-Identifier: Apache-2.0

#pragma once

// Turns captured output into the playground's events: pieces with the time since the piece before.
// Programs built with Go's fake clock write frames that carry their own time; others are given the
// time their output arrived. Pure functions. The frame is described in Go's runtime/time_fake.go.

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/ending.h"

namespace gobox::api {

struct PlaygroundEvent {
  bool is_stderr = false;
  std::int64_t delay_ns = 0;
  std::string message;  // valid UTF-8
};

// Gaps too small to see are none, and long ones are cut: the program's user has waited already.
std::vector<PlaygroundEvent> events_in_real_time(const std::vector<sandbox::OutputChunk>& output);

// Output of a program with the fake clock. Bytes outside of frames belong to the frame before them.
std::vector<PlaygroundEvent> events_in_fake_time(const std::vector<sandbox::OutputChunk>& output);

}  // namespace gobox::api
