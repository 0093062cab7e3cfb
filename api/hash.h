#pragma once

// SHA-256 (FIPS 180-4) and the spellings of it this server needs: hex for tokens, URL-safe base64 for
// the names of shared snippets. libcrypto does the arithmetic. Pure functions; thread-safe.

#include <array>
#include <string>
#include <string_view>

namespace gobox::api {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

std::string to_hex(const Sha256& digest);

// False unless `text` is 64 hexadecimal digits.
bool from_hex(std::string_view text, Sha256& digest);

// RFC 4648 section 5, without padding.
std::string to_base64url(const Sha256& digest);

// Takes the same time wherever the two differ.
bool equal_in_constant_time(const Sha256& left, const Sha256& right);

}  // namespace gobox::api
