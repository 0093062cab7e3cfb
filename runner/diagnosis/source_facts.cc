// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/source_facts.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "runner/golang/go_lexer.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxMarks = 4000;  // of one file
constexpr std::uint64_t kBigArray = 1'000'000;
constexpr std::uint64_t kLiteralWorthNoting = 1000;
constexpr std::size_t kMaxBytes = std::size_t{2} << 20;  // of a file that is read closely

using Kind = SourceMark::Kind;

struct Token {
  GoToken token;
  int line = 0;
};

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

// One file's tokens, walked once; names of maps are known from a first walk over all files.
class Reader {
 public:
  Reader(std::vector<Token> tokens, const std::set<std::string, std::less<>>& maps,
         const std::set<std::string, std::less<>>& generics, SourceFacts::File& file)
      : tokens_(std::move(tokens)), maps_(maps), generics_(generics), file_(file) {}

  void read() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      read_function();
      read_calls();
      read_brackets();
      read_braces();
      read_constants();
      if (peek(0).is("import") && peek(1).text == "\"C\"") mark(Kind::kCgo);
    }
  }

 private:
  const GoToken& peek(std::size_t ahead) const {
    static const GoToken kNone;
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead].token : kNone;
  }

  const GoToken& back(std::size_t behind) const {
    static const GoToken kNone;
    return at_ >= behind ? tokens_[at_ - behind].token : kNone;
  }

  int line() const { return tokens_[at_].line; }

  void mark(Kind kind, std::string_view name = {}, std::uint64_t amount = 0) {
    mark_at(kind, line(), name, amount);
  }

  void mark_at(Kind kind, int line, std::string_view name, std::uint64_t amount) {
    if (file_.marks.size() >= kMaxMarks) return;
    file_.marks.push_back({kind, line, std::string(name), amount});
  }

  void read_function() {
    if (braces_.empty() && peek(0).is("func") && peek(0).begins_line) {
      const bool method = peek(1).is("(");
      std::size_t name = 1;
      while (method && name < 12 && !peek(name).is(")")) ++name;
      file_.functions.push_back({std::string(peek(method ? name + 1 : name).text), line(), line()});
      if (!method && peek(2).is("[")) mark(Kind::kGeneric, peek(1).text);
    }
    if (!file_.functions.empty() && !braces_.empty()) file_.functions.back().last_line = line();
  }

  void read_calls() {
    const GoToken& token = peek(0);
    if (token.kind != GoToken::Kind::kWord) return;
    const bool call = peek(1).is("(");
    if (call && token.is("append")) mark(Kind::kAppend, peek(2).text);
    if (call && token.is("Stop") && back(1).is(".")) mark(Kind::kStop, back(2).text);
    if (call && token.is("NewTicker")) mark(Kind::kTicker, "time.NewTicker");
    if (call && token.is("Tick") && back(1).is(".") && back(2).is("time")) {
      mark(Kind::kTicker, "time.Tick");
    }
    if (call && token.is("SetGCPercent") && peek(2).is("-")) mark(Kind::kGcOff);
    if (token.is("go") && !back(1).is(".") && peek(1).kind == GoToken::Kind::kWord) mark(Kind::kGo);
    if (generics_.count(token.text) != 0 && !back(1).is("func") && !back(1).is("type") &&
        (peek(1).is("[") || peek(1).is("("))) {
      ++file_.instantiations;
    }
    if (token.is("type") && peek(2).is("[") && peek(3).kind == GoToken::Kind::kWord &&
        peek(4).kind == GoToken::Kind::kWord) {
      mark(Kind::kGeneric, peek(1).text);
    }
  }

  // "[": an index that is written to, a slice expression, an array's length.
  void read_brackets() {
    if (!peek(0).is("[")) return;
    const std::size_t close = closing(at_);
    if (close == at_) return;
    const bool operand = back(1).kind == GoToken::Kind::kWord && !back(1).is("return") &&
                         !back(1).is("case") && !back(1).is("range");
    if (operand && has_colon(at_, close)) {
      read_reslice(close);
    } else if (operand && close + 1 < tokens_.size() && tokens_[close + 1].token.is("=") &&
               !(close + 2 < tokens_.size() && tokens_[close + 2].token.is("=")) &&
               maps_.count(back(1).text) != 0) {
      mark(Kind::kMapWrite, back(1).text);
    }
    read_length(close);
  }

  void read_reslice(std::size_t close) {
    const auto after = [&](std::size_t n) {
      return close + n < tokens_.size() ? tokens_[close + n].token : GoToken{};
    };
    if (after(1).is(".") && after(2).is(".")) return;  // copied by append
    // Handed straight to a call: "copy(x, b[:n])", "Write(b[:n])". Kept by append, =, : and return.
    const GoToken& before = back(2);
    const bool kept = before.is("=") || before.is("return") || before.is(":") || before.is(",");
    if (!kept || (before.is(",") && !inside_append())) return;
    mark(Kind::kReslice, back(1).text);
  }

  bool inside_append() const {
    for (std::size_t behind = 2; behind < 12; ++behind) {
      if (back(behind).begins_line && behind > 2) return back(behind).is("append");
      if (back(behind).is("(")) return back(behind + 1).is("append");
    }
    return false;
  }

  void read_length(std::size_t close) {
    // [ 1 < < 28 ] or [ 100000000 ]
    std::uint64_t length = number(peek(1).text);
    if (peek(2).is("<") && peek(3).is("<")) {
      const std::uint64_t shift = number(peek(4).text);
      length = shift < 63 ? length << shift : 0;
    }
    if (length >= kBigArray && close > at_) mark(Kind::kBigArray, {}, length);
  }

  static std::uint64_t number(std::string_view text) {
    std::string digits;
    for (const char byte : text) {
      if (byte != '_') digits += byte;
    }
    const bool hex = digits.rfind("0x", 0) == 0;
    std::uint64_t value = 0;
    const char* begin = digits.data() + (hex ? 2 : 0);
    const auto result = std::from_chars(begin, digits.data() + digits.size(), value, hex ? 16 : 10);
    return result.ec == std::errc() ? value : 0;
  }

  // Elements of a literal are the commas directly within its braces; so are those of literals in
  // it.
  void read_braces() {
    if (!braces_.empty() && begins_statement()) braces_.back().statements = true;
    if (peek(0).is("{")) braces_.push_back({line(), 0, false});
    if (peek(0).is(",") && !braces_.empty()) ++braces_.back().commas;
    if (!peek(0).is("}") || braces_.empty()) return;
    const Brace closed = braces_.back();
    braces_.pop_back();
    if (closed.commas >= kLiteralWorthNoting && !closed.statements) {
      mark_at(Kind::kLiteral, closed.line, {}, closed.commas);
    }
  }

  // A literal has no statements: a line in it begins behind a comma, a brace or an operator.
  bool begins_statement() const {
    const GoToken& token = peek(0);
    if (token.is("case") || token.is("default") || token.is("return")) return true;
    if (!token.begins_line || token.is("}")) return false;
    const GoToken& before = back(1);
    return before.kind != GoToken::Kind::kPunctuation || before.is(")") || before.is("]");
  }

  // "b = a + a", "const b = a + a + a".
  void read_constants() {
    if (!peek(0).is("=") || peek(1).kind != GoToken::Kind::kWord || !peek(2).is("+")) return;
    if (peek(1).text == peek(3).text && back(1).kind == GoToken::Kind::kWord) {
      mark(Kind::kConcatenation, peek(1).text);
    }
  }

  // Index of the bracket that closes the one at `open`, on the same statement; `open` if none near.
  std::size_t closing(std::size_t open) const {
    int depth = 0;
    for (std::size_t i = open; i < std::min(tokens_.size(), open + 64); ++i) {
      if (tokens_[i].token.is("[")) ++depth;
      if (tokens_[i].token.is("]") && --depth == 0) return i;
    }
    return open;
  }

  bool has_colon(std::size_t open, std::size_t close) const {
    int depth = 0;
    for (std::size_t i = open; i < close; ++i) {
      const GoToken& token = tokens_[i].token;
      if (token.is("[") || token.is("(") || token.is("{")) ++depth;
      if (token.is("]") || token.is(")") || token.is("}")) --depth;
      if (depth == 1 && token.is(":")) return true;
    }
    return false;
  }

  struct Brace {
    int line = 0;
    std::uint64_t commas = 0;
    bool statements = false;  // a block, no literal
  };

  std::vector<Token> tokens_;
  const std::set<std::string, std::less<>>& maps_;
  const std::set<std::string, std::less<>>& generics_;
  SourceFacts::File& file_;
  std::size_t at_ = 0;
  std::vector<Brace> braces_;
};

// "name map[", "name = map[", "name := make(map[", "name := map[" and generic declarations.
void collect_names(const std::vector<Token>& tokens, std::set<std::string, std::less<>>& maps,
                   std::set<std::string, std::less<>>& generics) {
  const auto at = [&](std::size_t i) { return i < tokens.size() ? tokens[i].token : GoToken{}; };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (at(i).is("map") && at(i + 1).is("[")) {
      std::size_t name = i;
      while (name > 0 && i - name < 5) {
        --name;
        const GoToken token = at(name);
        if (token.kind == GoToken::Kind::kWord && !token.is("make")) {
          maps.insert(std::string(token.text));
          break;
        }
      }
    }
    const bool declares = at(i).is("func") || at(i).is("type");
    if (declares && at(i + 1).kind == GoToken::Kind::kWord && at(i + 2).is("[") &&
        at(i + 3).kind == GoToken::Kind::kWord && !at(i + 4).is("]")) {
      generics.insert(std::string(at(i + 1).text));
    }
  }
}

}  // namespace

const SourceFacts::File* SourceFacts::file(std::string_view path) const {
  const auto found = by_path.find(path);
  return found == by_path.end() ? nullptr : &files[found->second];
}

SourceFacts::Function SourceFacts::function_at(std::string_view path, int line) const {
  if (const File* in = file(path)) {
    // In order of their lines: the last that begins at or before this one.
    const auto after =
        std::upper_bound(in->functions.begin(), in->functions.end(), line,
                         [](int wanted, const Function& each) { return wanted < each.first_line; });
    if (after != in->functions.begin() && line <= std::prev(after)->last_line) {
      return *std::prev(after);
    }
  }
  return {.name = {}, .first_line = line, .last_line = line};
}

const SourceFacts::Function* SourceFacts::function_named(std::string_view path,
                                                         std::string_view name) const {
  const File* const in = file(path);
  if (in == nullptr) return nullptr;
  const auto found = in->by_name.find(name);
  return found == in->by_name.end() ? nullptr : &in->functions[found->second];
}

const SourceMark* SourceFacts::mark_near(SourceMark::Kind kind, std::string_view path,
                                         int line) const {
  const File* const in = file(path);
  if (in == nullptr) return nullptr;
  const Function around = function_at(path, line);
  const SourceMark* near = nullptr;
  for (const SourceMark& mark : in->marks) {
    if (mark.kind != kind || mark.line < around.first_line || mark.line > around.last_line)
      continue;
    if (mark.line == line) return &mark;
    if (near == nullptr) near = &mark;
  }
  return near;
}

const SourceMark* SourceFacts::first(SourceMark::Kind kind, const File** in) const {
  for (const File& each : files) {
    for (const SourceMark& mark : each.marks) {
      if (mark.kind != kind) continue;
      if (in != nullptr) *in = &each;
      return &mark;
    }
  }
  return nullptr;
}

std::size_t SourceFacts::count(SourceMark::Kind kind) const {
  std::size_t total = 0;
  for (const File& each : files) {
    for (const SourceMark& mark : each.marks) total += mark.kind == kind ? 1 : 0;
  }
  return total;
}

SourceFacts read_source_facts(const Workspace& workspace, const CpuBudget& budget) {
  SourceFacts facts;
  std::set<std::string, std::less<>> maps;
  std::set<std::string, std::less<>> generics;
  // Twice through the sources, because one file's map may be another's variable; the tokens of all
  // files at once would be many times their size.
  const auto each_file = [&](auto&& visit) {
    for (const SourceFile& file : workspace.files) {
      if (file.path.ends_with(".go") && file.path.rfind("vendor/", 0) != 0) visit(file);
    }
  };
  each_file([&](const SourceFile& file) {
    if (file.bytes.size() > kMaxBytes || budget.is_spent()) return;
    collect_names(tokens_of(file.bytes), maps, generics);
  });
  each_file([&](const SourceFile& file) {
    facts.by_path.emplace(file.path, facts.files.size());
    facts.files.push_back({file.path, file.bytes.size(), {}, {}, 0, {}});
    facts.cut = facts.cut || budget.is_spent();
    if (file.bytes.size() > kMaxBytes || facts.cut) return;
    SourceFacts::File& read = facts.files.back();
    Reader(tokens_of(file.bytes), maps, generics, read).read();
    for (std::size_t i = 0; i < read.functions.size(); ++i) {
      read.by_name.emplace(read.functions[i].name, i);
    }
  });
  return facts;
}

}  // namespace gobox::runner
