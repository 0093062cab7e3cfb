// SPDX-License-Identifier: Apache-2.0

#include "api/operation/hash.h"

#include <algorithm>
#include <optional>

#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

std::optional<unsigned> digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  return std::nullopt;
}

}  // namespace

bool from_hex(std::string_view text, Sha256Digest& digest) {
  if (text.size() != 2 * digest.size()) return false;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto high = digit_value(text[2 * i]);
    const auto low = digit_value(text[2 * i + 1]);
    if (!high || !low) return false;
    digest[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return true;
}

std::string to_base64url(const Sha256Digest& digest) {
  std::string text =
      runner::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

bool equal_in_constant_time(const Sha256Digest& left, const Sha256Digest& right) {
  // volatile: no early way out for the optimiser to find.
  volatile unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference = difference | static_cast<unsigned>(left[i] ^ right[i]);
  }
  return difference == 0;
}

}  // namespace gobox::api
