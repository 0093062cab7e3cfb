// SPDX-License-Identifier: Apache-2.0

#include "base/utf8.h"

#include <algorithm>

namespace gobox {
namespace {

// Length of the valid UTF-8 sequence at `at`, or 0. RFC 3629: no overlong forms, no surrogates.
std::size_t sequence_length(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if (first == 0xe0 && second < 0xa0) return 0;
  if (first == 0xed && second > 0x9f) return 0;
  if (first == 0xf0 && second < 0x90) return 0;
  if (first == 0xf4 && second > 0x8f) return 0;
  return length;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = sequence_length(bytes, at);
    // NUL is valid UTF-8, but the contract promises base64 for it: text tools cut at NUL.
    if (length == 0 || bytes[at] == '\0') return false;
    at += length;
  }
  return true;
}

std::string to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = sequence_length(bytes, at);
    text += length == 0 ? std::string_view("\xef\xbf\xbd") : bytes.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return text;
}

std::string_view cut_utf8(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  // The first byte left out continues a character: so does what stands before it, three bytes back
  // at most. Bytes that are no UTF-8 are cut where they are.
  for (std::size_t back = 0; back < std::min<std::size_t>(4, most + 1); ++back) {
    const auto next = static_cast<unsigned char>(text[most - back]);
    if ((next & 0xc0) == 0x80) continue;
    end = most - back;
    break;
  }
  return text.substr(0, end);
}

}  // namespace gobox
