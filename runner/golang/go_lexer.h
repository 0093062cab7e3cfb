// SPDX-License-Identifier: Apache-2.0

#pragma once

// Go's tokens, as far as telling code from text needs them: words, string literals, single
// punctuation bytes. Comments are skipped; the compiler directives among them are noted. Anything
// is accepted: literals and comments that never close end at the line or the file and make clean()
// false. Linear time. Tokens are views into the source. Not thread-safe.
// Facts: the Go specification, "Lexical elements".

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gobox::runner {

struct GoToken {
  enum class Kind { kEnd, kWord, kString, kNumberOrRune, kPunctuation };

  Kind kind = Kind::kEnd;
  std::string_view text;     // strings with their quotes
  bool begins_line = false;  // a line end lies between it and the token before

  bool is(std::string_view wanted) const {
    return (kind == Kind::kWord || kind == Kind::kPunctuation) && text == wanted;
  }
};

class GoLexer {
 public:
  struct Directives {
    bool embed = false;     // //go:embed
    bool linkname = false;  // //go:linkname
    bool debug = false;     // //go:debug
  };

  explicit GoLexer(std::string_view source) : source_(source) {}

  GoToken next();

  bool clean() const { return clean_; }

  const Directives& directives() const { return directives_; }

 private:
  bool skip_blank_and_comments();
  void skip_past(std::string_view closing, std::size_t opening);
  void skip_quoted(char quote);
  void note_directive(std::string_view comment);

  std::string_view source_;
  std::size_t at_ = 0;
  bool clean_ = true;
  Directives directives_;
};

// The value of a string literal, escapes resolved; nothing where Go would refuse it.
std::optional<std::string> unquote_go(std::string_view literal);

}  // namespace gobox::runner
