// SPDX-License-Identifier: Apache-2.0

#pragma once

// FlameSvg: a profile as a picture: each box a function, as wide as what is below it, callers at
// the top. A box says the whole of itself when pointed at. Self-contained SVG, no script. Pure
// function, thread-safe.

#include <cstddef>
#include <string>

#include "runner/diagnosis/profile.h"

namespace gobox::runner {

// `type`: which of the profile's.
std::string flame_svg(const Profile& profile, std::size_t type, const std::string& title);

}  // namespace gobox::runner
