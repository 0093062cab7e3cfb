// SPDX-License-Identifier: Apache-2.0

#pragma once

// The tokens of a Go statement and the names in them, for source_statements.h alone: words as
// selectors, the operator between targets and values. Pure; linear in the tokens.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/golang/go_lexer.h"

namespace gobox::runner::source {

struct Token {
  GoToken token;
  int line = 0;

  bool is(std::string_view text) const { return token.is(text); }

  bool is_word() const { return token.kind == GoToken::Kind::kWord; }
};

// The tokens of one statement, those of closures in it left out.
using Own = std::vector<const Token*>;

// What stands between targets and values.
struct Operator {
  std::size_t at = 0;     // its first token
  std::size_t after = 0;  // past its last
  bool declares = false;
  bool adds = false;
  bool sends = false;
};

std::vector<Token> tokens_of(std::string_view source);

bool is_keyword(std::string_view word);
bool is_name(const Token& token);
// Whether the token is one of the punctuation bytes.
bool is_any(const Token& token, std::string_view bytes);
// Whether a line may end behind it.
bool ends_operand(const Token& token);

// At most kMaxUses, each once.
void add_use(std::vector<std::string>& uses, std::string name);
std::vector<std::string> names_in(const Own& own, std::size_t begin, std::size_t end);

std::optional<Operator> operator_of(const Own& own);

}  // namespace gobox::runner::source
