// SPDX-License-Identifier: Apache-2.0

#include "runner/source/source_path.h"

#include <algorithm>
#include <cstdint>

namespace gobox::runner {
namespace {

constexpr std::size_t kLongestPart = 255;  // NAME_MAX: no Linux file system takes more
constexpr std::size_t kLongestQuote = 200;

struct Decoded {
  std::uint32_t character = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

// The character that begins `text`, by RFC 3629: no overlong forms, no surrogates, at most
// U+10FFFF.
Decoded decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
  std::uint32_t character = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    character = (character << 6) | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < kLeast[length] || character > 0x10FFFF || surrogate) return {};
  return {character, length};
}

bool is_control(std::uint32_t character) {
  return character < 0x20 || (character >= 0x7F && character <= 0x9F);
}

Error invalid(std::string_view path, const std::string& reason) {
  return Error::caller("invalid file name " + quote_path(path) + ": " + reason);
}

Result<void> check_characters(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    const Decoded decoded = decode_utf8(path.substr(at));
    if (decoded.length == 0) return invalid(path, "it is not valid UTF-8");
    if (is_control(decoded.character)) return invalid(path, "it holds a control character");
    if (decoded.character == '\\') return invalid(path, "it holds a backslash");
    at += decoded.length;
  }
  return {};
}

Result<void> check_parts(std::string_view path, std::size_t max_depth) {
  std::size_t depth = 0;
  for (std::size_t begin = 0; begin <= path.size(); ++depth) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty()) return invalid(path, "it has an empty part");
    if (part == "." || part == "..") {
      return invalid(path, "it has the part " + quote_path(part));
    }
    if (part.size() > kLongestPart) {
      return Error::caller("file name too long: a part of " + quote_path(path) + " has " +
                           std::to_string(part.size()) + " bytes, at most 255 are allowed");
    }
    begin = end + 1;
  }
  if (depth > max_depth) {
    return Error::caller("file name " + quote_path(path) + " too deep: it has " +
                         std::to_string(depth) + " parts, at most " + std::to_string(max_depth) +
                         " are allowed");
  }
  return {};
}

}  // namespace

InputLimits input_limits(const policies::InputSizes& sizes) {
  return {.max_files = sizes.files,
          .max_bytes = sizes.bytes,
          .max_path = sizes.path,
          .max_depth = sizes.depth};
}

std::string quote_path(std::string_view path) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (std::size_t at = 0; at < path.size();) {
    if (at >= kLongestQuote) return quoted + "\"...";
    const Decoded decoded = decode_utf8(path.substr(at));
    const std::size_t length = std::max<std::size_t>(decoded.length, 1);
    if (decoded.length == 0 || is_control(decoded.character)) {
      for (const char raw : path.substr(at, length)) {
        const auto byte = static_cast<unsigned char>(raw);
        quoted.append("\\x").append({kDigits[byte >> 4], kDigits[byte & 15]});
      }
    } else {
      if (path[at] == '"' || path[at] == '\\') quoted += '\\';
      quoted += path.substr(at, length);
    }
    at += length;
  }
  return quoted + "\"";
}

Result<void> check_path(std::string_view path, const InputLimits& limits) {
  if (path.empty()) return invalid(path, "it is empty");
  if (path.size() > limits.max_path) {
    return Error::caller("file name too long: " + quote_path(path) + " has " +
                         std::to_string(path.size()) + " bytes, at most " +
                         std::to_string(limits.max_path) + " are allowed");
  }
  TRY(check_characters(path));
  if (path.front() == '/') return invalid(path, "it is absolute");
  if (path.back() == '/') return invalid(path, "it ends in a slash");
  return check_parts(path, limits.max_depth);
}

}  // namespace gobox::runner
