// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/source_names.h"

#include <algorithm>
#include <array>

#include "runner/diagnosis/source_statements.h"

namespace gobox::runner::source {
namespace {

constexpr std::array<std::string_view, 25> kKeywords{
    "break",  "case",        "chan", "const",   "continue", "default", "defer",
    "else",   "fallthrough", "for",  "func",    "go",       "goto",    "if",
    "import", "interface",   "map",  "package", "range",    "return",  "select",
    "struct", "switch",      "type", "var"};

// Names of a range of a statement's tokens.
class NameReader {
 public:
  NameReader(const Own& own, std::size_t begin, std::size_t end)
      : own_(own), at_(begin), end_(end) {}

  std::vector<std::string> read() {
    while (at_ < end_) {
      if (is_name(*own_[at_]) && !follows_dot()) {
        read_name();
      } else {
        ++at_;
      }
    }
    return std::move(names_);
  }

 private:
  bool is(std::size_t at, std::string_view text) const { return at < end_ && own_[at]->is(text); }

  bool follows_dot() const { return at_ > 0 && own_[at_ - 1]->is("."); }

  void read_name() {
    std::string name(own_[at_++]->token.text);
    while (is(at_, ".") && at_ + 1 < end_ && own_[at_ + 1]->is_word()) {
      name += "." + std::string(own_[at_ + 1]->token.text);
      at_ += 2;
    }
    // "key: value" of a literal: the key is no use.
    if (is(at_, ":") && !is(at_ + 1, "=") && name.find('.') == std::string::npos) return;
    if (is(at_, "(")) {
      add_use(names_, name + "()");
    } else if (is(at_, "[")) {
      add_use(names_, name + (is_slicing() ? "[:]" : "[]"));
    } else {
      add_use(names_, std::move(name));
    }
  }

  // Whether the bracket at hand has a colon directly in it; close brackets only.
  bool is_slicing() const {
    int depth = 0;
    for (std::size_t i = at_; i < std::min(end_, at_ + 64); ++i) {
      if (own_[i]->is("[") || own_[i]->is("(")) ++depth;
      if ((own_[i]->is("]") || own_[i]->is(")")) && --depth == 0) return false;
      if (depth == 1 && own_[i]->is(":")) return true;
    }
    return false;
  }

  const Own& own_;
  std::size_t at_;
  std::size_t end_;
  std::vector<std::string> names_;
};

}  // namespace

bool is_keyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

bool is_name(const Token& token) {
  return token.is_word() && !is_keyword(token.token.text) && !token.token.text.empty() &&
         (token.token.text.front() < '0' || token.token.text.front() > '9');
}

std::vector<Token> tokens_of(std::string_view source) {
  std::vector<Token> tokens;
  GoLexer lexer(source);
  int line = 1;
  std::size_t counted = 0;
  for (GoToken token = lexer.next(); token.kind != GoToken::Kind::kEnd; token = lexer.next()) {
    const auto at = static_cast<std::size_t>(token.text.data() - source.data());
    line += static_cast<int>(std::count(source.begin() + static_cast<long>(counted),
                                        source.begin() + static_cast<long>(at), '\n'));
    counted = at;
    tokens.push_back({token, line});
  }
  return tokens;
}

void add_use(std::vector<std::string>& uses, std::string name) {
  if (uses.size() >= kMaxUses || name.empty() || name == "_") return;
  if (std::find(uses.begin(), uses.end(), name) == uses.end()) uses.push_back(std::move(name));
}

std::vector<std::string> names_in(const Own& own, std::size_t begin, std::size_t end) {
  return NameReader(own, begin, end).read();
}

bool is_any(const Token& token, std::string_view bytes) {
  return token.token.kind == GoToken::Kind::kPunctuation && token.token.text.size() == 1 &&
         bytes.find(token.token.text.front()) != std::string_view::npos;
}

std::optional<Operator> operator_of(const Own& own) {
  int depth = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Token& token = *own[i];
    if (is_any(token, "([{")) ++depth;
    if (is_any(token, ")]}")) --depth;
    if (depth != 0 || i == 0) continue;
    if (token.is("<") && i + 1 < own.size() && own[i + 1]->is("-") &&
        !is_any(*own[i - 1], "=,:<") && !is_keyword(own[i - 1]->token.text)) {
      return Operator{.at = i, .after = i + 2, .sends = true};
    }
    if (!token.is("=")) continue;
    if (i + 1 < own.size() && own[i + 1]->is("=")) {
      ++i;
      continue;
    }
    const Token& before = *own[i - 1];
    if (is_any(before, "=!")) continue;
    if (is_any(before, "<>") && !(i >= 2 && is_any(*own[i - 2], "<>"))) continue;
    const bool compound = is_any(before, ":+-*/%&|^<>");
    return Operator{.at = compound ? i - 1 : i,
                    .after = i + 1,
                    .declares = before.is(":"),
                    .adds = before.is("+")};
  }
  return std::nullopt;
}

bool ends_operand(const Token& token) {
  if (token.is_word()) {
    const std::string_view text = token.token.text;
    return !is_keyword(text) || text == "return" || text == "break" || text == "continue" ||
           text == "fallthrough";
  }
  return token.token.kind == GoToken::Kind::kString ||
         token.token.kind == GoToken::Kind::kNumberOrRune || is_any(token, ")]}");
}

}  // namespace gobox::runner::source
