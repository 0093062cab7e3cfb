// SPDX-License-Identifier: Apache-2.0

#pragma once

// The spellings of a SHA-256 digest this server needs: hex for tokens, URL-safe base64 for the
// names of shared programs. Pure functions; thread-safe.

#include <string>
#include <string_view>

#include "base/sha256.h"

namespace gobox::api {

// False unless `text` is 64 hexadecimal digits.
bool from_hex(std::string_view text, Sha256Digest& digest);

// RFC 4648 section 5, without padding.
std::string to_base64url(const Sha256Digest& digest);

// Takes the same time wherever the two differ.
bool equal_in_constant_time(const Sha256Digest& left, const Sha256Digest& right);

}  // namespace gobox::api
