// SPDX-License-Identifier: Apache-2.0

#pragma once

// Base64 with padding (RFC 4648, section 4), both ways. Pure; thread-safe.

#include <optional>
#include <string>
#include <string_view>

namespace gobox {

std::string to_base64(std::string_view bytes);

// nullopt where it is no base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace gobox
