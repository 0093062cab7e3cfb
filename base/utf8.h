// SPDX-License-Identifier: Apache-2.0

#pragma once

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. What leaves us as JSON must be it,
// whatever a program or a caller sent. Pure functions.

#include <cstddef>
#include <string>
#include <string_view>

namespace gobox {

bool is_utf8(std::string_view bytes);

// Invalid sequences become U+FFFD.
std::string to_utf8(std::string_view bytes);

// At most `most` bytes from the front, never ending within a character.
std::string_view cut_utf8(std::string_view text, std::size_t most);

}  // namespace gobox
