// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/go_header.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "runner/golang/go_lexer.h"

namespace gobox::runner {
namespace {

constexpr std::array<std::string_view, 25> kKeywords = {
    "break",  "case",        "chan", "const",   "continue", "default", "defer",
    "else",   "fallthrough", "for",  "func",    "go",       "goto",    "if",
    "import", "interface",   "map",  "package", "range",    "return",  "select",
    "struct", "switch",      "type", "var"};

// The length of the UTF-8 sequence at the beginning of `text`; 0 where it is none, or a byte order
// mark, which Go takes only at the very beginning of a file.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t character = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    character = character << 6 | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
  const bool surrogate = character >= 0xD800 && character < 0xE000;
  if (overlong || surrogate || character > 0x10FFFF || character == 0xFEFF) return 0;
  return length;
}

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const char first = text.front();
    const bool control =
        first >= 0 && first < ' ' && first != '\t' && first != '\n' && first != '\r';
    const std::size_t length = control || first == 0x7F ? 0 : sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_name(const GoToken& token) {
  if (token.kind != GoToken::Kind::kWord) return false;
  const auto ascii = [](char byte) { return byte >= 0; };
  return std::all_of(token.text.begin(), token.text.end(), ascii) &&
         std::find(kKeywords.begin(), kKeywords.end(), token.text) == kKeywords.end();
}

class Head {
 public:
  explicit Head(std::string_view source) : lexer_(source) { advance(); }

  bool is_plain() {
    if (!token_.is("package")) return false;
    advance();
    if (!is_name(token_) || token_.text == "_" || token_.begins_line) return false;
    advance();
    while (token_.is("import")) {
      if (!token_.begins_line || !take_import()) return false;
    }
    return ends_here();
  }

 private:
  void advance() { token_ = lexer_.next(); }

  bool take_import() {
    advance();
    if (token_.begins_line) return false;
    if (!token_.is("(")) return take_specification();
    advance();
    for (bool first = true; !token_.is(")"); first = false) {
      if (!first && !token_.begins_line) return false;
      if (!take_specification()) return false;
    }
    advance();
    return true;
  }

  // [name | . | _] "path", on one line.
  bool take_specification() {
    if (is_name(token_) || token_.is(".")) {
      advance();
      if (token_.begins_line) return false;
    }
    if (token_.kind != GoToken::Kind::kString) return false;
    advance();
    return true;
  }

  // The end, or a declaration on a new line: the go command reads no further.
  bool ends_here() const {
    if (token_.kind == GoToken::Kind::kEnd) return true;
    constexpr std::array<std::string_view, 4> kDeclarations = {"const", "func", "type", "var"};
    return token_.begins_line && std::find(kDeclarations.begin(), kDeclarations.end(),
                                           token_.text) != kDeclarations.end();
  }

  GoLexer lexer_;
  GoToken token_;
};

}  // namespace

bool is_plain_go_head(std::string_view source) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (source.starts_with(kByteOrderMark)) source.remove_prefix(kByteOrderMark.size());
  return is_plain_text(source) && Head(source).is_plain();
}

}  // namespace gobox::runner
