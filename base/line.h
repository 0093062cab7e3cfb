// SPDX-License-Identifier: Apache-2.0

#pragma once

// Lines and words of plain text, as views into the caller's bytes. White space is ASCII's. No
// state.

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace gobox::runner {

inline constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";

inline bool is_white_space(char byte) {
  return kWhiteSpace.find(byte) != std::string_view::npos;
}

inline std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

// Takes the first line off `text`; returned without its '\n'.
inline std::string_view take_line(std::string_view& text) {
  const std::size_t newline = text.find('\n');
  const std::string_view line = text.substr(0, newline);
  text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  return line;
}

// Takes the first word off `text`, with the white space before it; "" at the end.
inline std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kWhiteSpace));
  text.remove_prefix(word.size());
  return word;
}

// `line` begins with `word`, and then ends or goes on with white space.
inline bool begins_with_word(std::string_view line, std::string_view word) {
  return line.starts_with(word) &&
         (line.size() == word.size() || is_white_space(line[word.size()]));
}

}  // namespace gobox::runner
