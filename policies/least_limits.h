// SPDX-License-Identifier: Apache-2.0

#pragma once

// The smallest limits that are taken at all. Below them a sandbox could not be made, and the
// failure would look like ours. Whether a program gets along with little more is the program's to
// show.

#include <cstdint>

namespace gobox::policies {

// PID 1 of the sandbox counts, and so do the programs that wait for their turn: compiler and
// linker.
inline constexpr std::uint64_t kLeastPids = 4;

}  // namespace gobox::policies
