// SPDX-License-Identifier: Apache-2.0

#pragma once

// Names of header fields and parameters, which are ASCII and know no case (RFC 9110 section 5.1).
// No state.

#include <strings.h>

#include <string_view>

namespace gobox::api {

inline bool equal(std::string_view left, std::string_view right) {
  return left.size() == right.size() && ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace gobox::api
