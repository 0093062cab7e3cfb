// SPDX-License-Identifier: Apache-2.0

#pragma once

// Percent-encoding, as the URL standard has it. Pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace gobox::api {

enum class Plus { kIsSpace, kIsPlus };  // in a form or a query; in a path

// nullopt where a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, Plus plus);

// A path with its slashes, everything encoded that has a meaning in a URL (RFC 3986 section 2.3).
std::string percent_encode_path(std::string_view path);

}  // namespace gobox::api
