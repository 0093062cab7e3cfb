// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/go_lexer.h"

#include <algorithm>
#include <cstdint>

#include "base/line.h"

namespace gobox::runner {
namespace {

bool is_word_byte(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value >= 0x80 || value == '_' || (value >= '0' && value <= '9') ||
         (value >= 'a' && value <= 'z') || (value >= 'A' && value <= 'Z');
}

void append_utf8(std::string& text, std::uint32_t character) {
  const auto append = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    append(character);
  } else if (character < 0x800) {
    append(0xC0 | (character >> 6));
    append(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    append(0xE0 | (character >> 12));
    append(0x80 | ((character >> 6) & 0x3F));
    append(0x80 | (character & 0x3F));
  } else {
    append(0xF0 | (character >> 18));
    append(0x80 | ((character >> 12) & 0x3F));
    append(0x80 | ((character >> 6) & 0x3F));
    append(0x80 | (character & 0x3F));
  }
}

// `count` digits of `base` off the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text, std::size_t count,
                                         std::uint32_t base) {
  if (text.size() < count) return std::nullopt;
  std::uint32_t number = 0;
  for (const char byte : text.substr(0, count)) {
    const std::size_t digit = std::string_view("0123456789abcdefABCDEF").find(byte);
    if (digit == std::string_view::npos) return std::nullopt;
    const auto value = static_cast<std::uint32_t>(digit < 16 ? digit : digit - 6);
    if (value >= base) return std::nullopt;
    number = number * base + value;
  }
  text.remove_prefix(count);
  return number;
}

// One escape behind its backslash, appended to `out`; false where Go has no such escape.
bool take_escape(std::string_view& text, std::string& out) {
  if (text.empty()) return false;
  const char kind = text.front();
  if (kind >= '0' && kind <= '7') {
    const auto byte = take_number(text, 3, 8);
    if (!byte || *byte > 255) return false;
    out += static_cast<char>(*byte);
    return true;
  }
  text.remove_prefix(1);
  constexpr std::string_view kNames = "abfnrtv\\\"";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
  if (const std::size_t found = kNames.find(kind); found != std::string_view::npos) {
    out += kValues[found];
    return true;
  }
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  const auto number = digits == 0 ? std::nullopt : take_number(text, digits, 16);
  if (!number || *number > 0x10FFFF) return false;
  if (kind == 'x') {
    out += static_cast<char>(*number);
  } else {
    append_utf8(out, *number);
  }
  return true;
}

}  // namespace

GoToken GoLexer::next() {
  GoToken token;
  token.begins_line = skip_blank_and_comments();
  if (at_ >= source_.size()) return token;
  const std::size_t begin = at_;
  const char first = source_[at_];
  if (first == '"' || first == '\'') {
    skip_quoted(first);
    token.kind = first == '"' ? GoToken::Kind::kString : GoToken::Kind::kNumberOrRune;
  } else if (first == '`') {
    skip_past("`", 1);
    token.kind = GoToken::Kind::kString;
  } else if (is_word_byte(first)) {
    while (at_ < source_.size() && is_word_byte(source_[at_])) ++at_;
    const bool number = first >= '0' && first <= '9';
    token.kind = number ? GoToken::Kind::kNumberOrRune : GoToken::Kind::kWord;
  } else {
    ++at_;
    token.kind = GoToken::Kind::kPunctuation;
  }
  token.text = source_.substr(begin, at_ - begin);
  return token;
}

// Whether a line end was among what was skipped.
bool GoLexer::skip_blank_and_comments() {
  bool newline = false;
  while (at_ < source_.size()) {
    const std::size_t begin = at_;
    const std::string_view rest = source_.substr(at_, 2);
    if (is_white_space(source_[at_])) {
      newline = newline || source_[at_] == '\n';
      ++at_;
    } else if (rest == "//") {
      at_ = std::min(source_.find('\n', at_), source_.size());
      note_directive(source_.substr(begin, at_ - begin));
    } else if (rest == "/*") {
      skip_past("*/", 2);
      const std::string_view comment = source_.substr(begin, at_ - begin);
      newline = newline || comment.find('\n') != std::string_view::npos;
    } else {
      break;
    }
  }
  return newline;
}

// From an opening mark of `opening` bytes to behind the closing one.
void GoLexer::skip_past(std::string_view closing, std::size_t opening) {
  const std::size_t end = source_.find(closing, at_ + opening);
  clean_ = clean_ && end != std::string_view::npos;
  at_ = end == std::string_view::npos ? source_.size() : end + closing.size();
}

// An interpreted string or a rune; neither may hold a line end.
void GoLexer::skip_quoted(char quote) {
  for (++at_; at_ < source_.size() && source_[at_] != '\n'; ++at_) {
    if (source_[at_] == quote) {
      ++at_;
      return;
    }
    const bool escape = source_[at_] == '\\' && at_ + 1 < source_.size();
    if (escape && source_[at_ + 1] != '\n') ++at_;
  }
  clean_ = false;
}

void GoLexer::note_directive(std::string_view comment) {
  if (begins_with_word(comment, "//go:embed")) directives_.embed = true;
  if (begins_with_word(comment, "//go:linkname")) directives_.linkname = true;
  if (begins_with_word(comment, "//go:debug")) directives_.debug = true;
}

std::optional<std::string> unquote_go(std::string_view literal) {
  if (literal.size() < 2 || literal.back() != literal.front()) return std::nullopt;
  const char quote = literal.front();
  std::string_view text = literal.substr(1, literal.size() - 2);
  std::string value;
  while (!text.empty()) {
    const char byte = text.front();
    text.remove_prefix(1);
    if (quote == '`') {
      if (byte != '\r') value += byte;  // raw strings drop carriage returns
    } else if (byte != '\\') {
      value += byte;
    } else if (!take_escape(text, value)) {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace gobox::runner
