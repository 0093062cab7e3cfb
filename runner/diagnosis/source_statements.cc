// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/source_statements.h"

#include <algorithm>

#include "runner/diagnosis/source_names.h"

namespace gobox::runner {
namespace {

using source::add_use;
using source::ends_operand;
using source::is_any;
using source::is_keyword;
using source::is_name;
using source::names_in;
using source::operator_of;
using source::Own;
using source::Token;
using source::tokens_of;

constexpr std::size_t kMaxDepth = 60;  // of blocks within blocks

// One function's tokens, walked once.
class FunctionReader {
 public:
  FunctionReader(const std::vector<Token>& tokens, std::size_t& at, std::size_t& room,
                 SourceFunction& function)
      : tokens_(tokens), at_(at), room_(room), function_(function) {}

  // At "func".
  void read() {
    function_.first_line = function_.last_line = line();
    ++at_;
    if (is("(")) read_receiver();
    if (at_ < tokens_.size()) function_.name = tokens_[at_++].token.text;
    if (is("[")) skip_balanced();
    if (is("(")) read_parameters();
    while (at_ < tokens_.size() && !is("{") && !(here().token.begins_line && is("func"))) {
      if (here().token.begins_line && ends_operand(tokens_[at_ - 1])) return;  // no body
      if (is("(")) {
        read_parameters();  // named results
      } else if (is("interface") || is("struct")) {
        ++at_;
        if (is("{")) skip_balanced();
      } else {
        ++at_;
      }
    }
    if (!is("{")) return;
    ++at_;
    read_block();
    function_.last_line = at_ > 0 && at_ <= tokens_.size() ? tokens_[at_ - 1].line : line();
  }

 private:
  const Token& here() const { return tokens_[at_]; }

  bool is(std::string_view text) const { return at_ < tokens_.size() && here().is(text); }

  int line() const { return at_ < tokens_.size() ? here().line : tokens_.back().line; }

  void skip_balanced() {
    int depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      if (is_any(here(), "([{")) ++depth;
      if (is_any(here(), ")]}") && --depth == 0) {
        ++at_;
        return;
      }
    }
  }

  void read_receiver() {
    ++at_;
    if (at_ < tokens_.size() && is_name(here())) function_.receiver = here().token.text;
    bool pointer = false;
    for (; at_ < tokens_.size() && !is(")") && !is("["); ++at_) {
      if (is("*")) pointer = true;
      if (is_name(here())) function_.receiver_type = here().token.text;
    }
    while (at_ < tokens_.size() && !is(")")) ++at_;
    if (at_ < tokens_.size()) ++at_;
    function_.receiver_is_copy = !pointer;
    function_.locals.insert(function_.receiver);
  }

  // Every name that follows "(" or "," is taken for a parameter's.
  void read_parameters() {
    int depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      const bool opens = is_any(here(), "([{");
      if (opens) ++depth;
      if (is_any(here(), ")]}") && --depth == 0) break;
      if (depth != 1 || at_ == 0 || !is_name(here())) continue;
      const Token& before = tokens_[at_ - 1];
      if (!before.is("(") && !before.is(",")) continue;
      function_.parameters.emplace_back(here().token.text);
      function_.locals.emplace(here().token.text);
      if (is_lock_type(at_ + 1)) function_.copied_locks.emplace_back(here().token.text);
    }
    if (at_ < tokens_.size()) ++at_;
  }

  bool is_lock_type(std::size_t at) const {
    if (at + 2 >= tokens_.size() || !tokens_[at].is("sync") || !tokens_[at + 1].is("."))
      return false;
    const Token& type = tokens_[at + 2];
    return type.is("Mutex") || type.is("RWMutex") || type.is("WaitGroup");
  }

  void read_block() {
    if (depth_ >= kMaxDepth) {
      --at_;
      skip_balanced();
      return;
    }
    ++depth_;
    while (at_ < tokens_.size() && !is("}")) {
      const std::size_t before = at_;
      read_statement();
      if (at_ == before) ++at_;
    }
    if (at_ < tokens_.size()) ++at_;
    --depth_;
  }

  // "n++" ends a statement, "n +" does not.
  bool ends_line(std::size_t at) const {
    if (ends_operand(tokens_[at])) return true;
    const bool sign = tokens_[at].is("+") || tokens_[at].is("-");
    return sign && at >= 2 && tokens_[at - 1].is(tokens_[at].token.text) &&
           ends_operand(tokens_[at - 2]);
  }

  static bool is_control(const Token& token) {
    return token.is("for") || token.is("if") || token.is("switch") || token.is("select") ||
           token.is("else") || token.is("case") || token.is("default");
  }

  void read_statement() {
    const std::size_t first = at_;
    const bool control = is_control(here());
    const bool labels = is("case") || is("default");
    Own own;
    std::vector<std::string> captured;
    int depth = 0;
    int closure_at = -1;
    for (; at_ < tokens_.size(); ++at_) {
      const Token& token = here();
      if (at_ != first && depth == 0) {
        if (token.token.begins_line && ends_line(at_ - 1)) break;
        if (token.is(";") && !control) break;
        if (labels && token.is(":") && !(at_ + 1 < tokens_.size() && tokens_[at_ + 1].is("=")))
          break;
      }
      if (token.is("func")) closure_at = depth;
      if (token.is("{")) {
        if (control && depth == 0 && closure_at != 0) {
          emit(own, first, captured);
          return read_controlled(first, own);
        }
        if (closure_at == depth) {
          closure_at = -1;
          read_closure(captured);
          if (at_ > first) --at_;
          continue;
        }
        const Token& before = tokens_[at_ == 0 ? 0 : at_ - 1];
        const bool block = at_ == first || before.is("struct") || before.is("interface");
        if (block && at_ == first) {
          ++at_;
          return read_block();
        }
      }
      if (is_any(token, "([{")) ++depth;
      if (is_any(token, ")]}")) {
        if (depth == 0) break;
        --depth;
      }
      own.push_back(&token);
    }
    if (is(";") || (labels && is(":"))) ++at_;
    emit(own, first, captured);
  }

  // At the "{" of a closure; its names count as captured, its statements as the function's.
  void read_closure(std::vector<std::string>& captured) {
    ++at_;
    ++closures_;
    std::vector<std::string>* const outer = captured_;
    captured_ = &captured;
    read_block();
    captured_ = outer;
    --closures_;
  }

  // At the "{" behind a header.
  void read_controlled(std::size_t first, const Own& header) {
    const bool loop = tokens_[first].is("for");
    const bool breakable = loop || tokens_[first].is("switch") || tokens_[first].is("select");
    ++at_;
    const std::size_t body = at_;
    if (!breakable) return read_block();
    if (!loop) {
      ++breakable_;
      read_block();
      --breakable_;
      return;
    }
    const std::size_t mine = begin_loop(tokens_[first].line, header);
    const int outer = breakable_;
    breakable_ = 0;
    read_block();
    breakable_ = outer;
    open_loops_.pop_back();
    if (mine == kNoLoop) return;
    function_.loops[mine].last_line = at_ > 0 ? tokens_[at_ - 1].line : line();
    function_.loops[mine].empty = at_ == body + 1;
  }

  static constexpr std::size_t kNoLoop = ~std::size_t{0};

  std::size_t begin_loop(int at_line, const Own& header) {
    if (room_ == 0) {
      open_loops_.push_back(kNoLoop);
      return kNoLoop;
    }
    Loop loop;
    loop.line = loop.last_line = at_line;
    std::vector<std::size_t> semicolons;
    int depth = 0;
    for (std::size_t i = 1; i < header.size(); ++i) {
      if (is_any(*header[i], "([{")) ++depth;
      if (is_any(*header[i], ")]}")) --depth;
      if (depth == 0 && header[i]->is(";")) semicolons.push_back(i);
      if (header[i]->is("range")) loop.ranges = true;
    }
    std::size_t begin = 1;
    std::size_t end = header.size();
    if (semicolons.size() >= 2) {
      begin = semicolons[0] + 1;
      end = semicolons[1];
      loop.steps = semicolons[1] + 1 < header.size();
      for (const std::string& name : names_in(header, end, header.size())) {
        loop.changed.emplace(first_part(name));
      }
    }
    loop.has_condition = end > begin && !loop.ranges;
    loop.condition = names_in(header, std::min(begin, header.size()), end);
    loop.condition_calls =
        std::any_of(loop.condition.begin(), loop.condition.end(), [](const std::string& name) {
          return name.ends_with("()") && name != "len()" && name != "cap()";
        });
    for (std::size_t i = begin; i + 1 < end; ++i) {
      if (header[i]->is("<") && header[i + 1]->is("-")) loop.condition_calls = true;
    }
    function_.loops.push_back(std::move(loop));
    open_loops_.push_back(function_.loops.size() - 1);
    return function_.loops.size() - 1;
  }

  void note_exit(const Own& own) {
    if (own.empty()) return;
    const bool breaks = own[0]->is("break");
    const bool labelled = breaks && own.size() > 1;
    const bool leaves_all = own[0]->is("return") || own[0]->is("goto") || labelled ||
                            (own[0]->is("continue") && own.size() > 1);
    if (leaves_all) {
      for (const std::size_t loop : open_loops_) {
        if (loop != kNoLoop) function_.loops[loop].exits = true;
      }
    } else if (breaks && breakable_ == 0 && !open_loops_.empty() && open_loops_.back() != kNoLoop) {
      function_.loops[open_loops_.back()].exits = true;
    }
  }

  void note_changes(const Statement& statement) {
    const bool ends = statement.calls("panic") || statement.calls("Exit") ||
                      statement.calls("Fatal") || statement.calls("Fatalf") ||
                      statement.calls("Fatalln") || statement.calls("Goexit");
    if (closures_ > 0 && !statement.declares) {
      for (const std::string& name : statement.targets) {
        function_.changed_in_closures.emplace(first_part(name));
      }
    }
    for (const std::size_t loop : open_loops_) {
      if (loop == kNoLoop) continue;
      Loop& open = function_.loops[loop];
      open.exits = open.exits || ends;
      // What is declared in the loop is another variable, also where the name is the same.
      if (statement.kind == Statement::Kind::kSend || statement.declares) continue;
      for (const std::string& name : statement.targets) open.changed.emplace(first_part(name));
    }
  }

  // Whoever has "&n" may change it.
  void note_addresses(const Own& own) {
    for (std::size_t i = 0; i + 1 < own.size(); ++i) {
      const bool unary = own[i]->is("&") && (i == 0 || !ends_operand(*own[i - 1]));
      if (!unary || !is_name(*own[i + 1])) continue;
      for (const std::size_t loop : open_loops_) {
        if (loop != kNoLoop) function_.loops[loop].changed.emplace(own[i + 1]->token.text);
      }
    }
  }

  void emit(const Own& own, std::size_t first, const std::vector<std::string>& captured) {
    if (own.empty()) return;
    note_exit(own);
    if (room_ == 0) return;
    Statement statement;
    statement.line = tokens_[first].line;
    statement.last_line = own.back()->line;
    statement.in_loop = !open_loops_.empty();
    statement.in_closure = closures_ > 0;
    classify(own, statement);
    statement.composes =
        std::any_of(own.begin(), own.end(), [](const Token* each) { return each->is("{"); });
    for (const std::string& name : captured) add_use(statement.uses, name);
    read_calls(own, captured, statement);
    if (captured_ != nullptr) {
      for (const std::string& name : statement.uses) add_use(*captured_, name);
      if (!statement.declares) {
        for (const std::string& name : statement.targets) add_use(*captured_, name);
      }
    }
    note_changes(statement);
    note_addresses(own);
    const bool says = !statement.uses.empty() || !statement.targets.empty() ||
                      statement.kind == Statement::Kind::kReturn;
    if (!says) return;
    --room_;
    function_.statements.push_back(std::move(statement));
  }

  void classify(const Own& own, Statement& statement) {
    using Kind = Statement::Kind;
    const Token& head = *own[0];
    std::size_t begin = 0;
    if (is_keyword(head.token.text)) {
      begin = 1;
      statement.word = head.token.text;
      statement.kind = head.is("return")  ? Kind::kReturn
                       : head.is("go")    ? Kind::kGo
                       : head.is("defer") ? Kind::kDefer
                       : head.is("var")   ? Kind::kAssign
                                          : Kind::kHeader;
    }
    const auto op = operator_of(own);
    if (head.is("var")) statement.declares = true;
    if (!op) {
      const bool steps = own.size() >= 3 && (own.back()->is("+") || own.back()->is("-"));
      if (steps && begin == 0) {
        statement.kind = Kind::kAssign;
        statement.targets = names_in(own, 0, own.size());
        return;
      }
      statement.uses = names_in(own, begin, own.size());
      if (head.is("var") && !statement.uses.empty()) {
        statement.targets = {statement.uses.front()};
        statement.uses.erase(statement.uses.begin());
      }
    } else if (op->sends) {
      if (begin == 0) statement.kind = Kind::kSend;
      if (head.is("case")) statement.kind = Kind::kSend;
      statement.targets = names_in(own, begin, op->at);
      statement.uses = names_in(own, op->after, own.size());
    } else {
      if (begin == 0) statement.kind = Kind::kAssign;
      statement.targets = targets_in(own, begin, op->at);
      // "for _, row := range": row stays the second.
      const bool no_index = head.is("for") && own[begin]->is("_");
      if (no_index) statement.targets.insert(statement.targets.begin(), "_");
      statement.uses = names_in(own, op->after, own.size());
      statement.declares = statement.declares || op->declares;
      statement.adds = op->adds;
    }
    if (statement.declares) {
      for (const std::string& name : statement.targets) function_.locals.emplace(first_part(name));
    }
  }

  static void read_calls(const Own& own, const std::vector<std::string>& captured,
                         Statement& statement) {
    constexpr std::size_t kMaxCalls = 8;
    for (std::size_t i = 0; i + 1 < own.size() && statement.called.size() < kMaxCalls; ++i) {
      if (!is_name(*own[i]) || !own[i + 1]->is("(")) continue;
      std::size_t first = i;
      while (first >= 2 && own[first - 1]->is(".") && own[first - 2]->is_word()) first -= 2;
      const auto name = names_in(own, first, i + 2);
      if (name.empty()) continue;
      statement.called.push_back({name.front(), arguments_of(own, i + 1, captured)});
    }
  }

  static std::vector<std::vector<std::string>> arguments_of(
      const Own& own, std::size_t open, const std::vector<std::string>& captured) {
    constexpr std::size_t kMaxArguments = 8;
    std::vector<std::vector<std::string>> arguments;
    int depth = 0;
    bool closure = false;
    std::size_t from = open + 1;
    for (std::size_t i = open; i < own.size() && arguments.size() < kMaxArguments; ++i) {
      if (is_any(*own[i], "([{")) ++depth;
      if (is_any(*own[i], ")]}")) --depth;
      closure = closure || own[i]->is("func");
      if (depth > 1 || (depth == 1 && !own[i]->is(","))) continue;
      arguments.push_back(names_in(own, from, i));
      if (closure) {
        for (const std::string& each : captured) add_use(arguments.back(), each);
      }
      closure = false;
      from = i + 1;
      if (depth == 0) break;
    }
    return arguments;
  }

  // Of "m[key] = v" the key is no target.
  static std::vector<std::string> targets_in(const Own& own, std::size_t begin, std::size_t end) {
    std::vector<std::string> targets;
    int depth = 0;
    std::size_t from = begin;
    for (std::size_t i = begin; i <= end; ++i) {
      const bool closes = i == end || (depth == 0 && own[i]->is(","));
      if (closes) {
        const auto names = names_in(own, from, i);
        if (!names.empty()) add_use(targets, deep_target(own, from, i, names));
        from = i + 1;
        continue;
      }
      if (is_any(*own[i], "([{")) ++depth;
      if (is_any(*own[i], ")]}")) --depth;
    }
    return targets;
  }

  // "rows[i].next" ends in a field: the field is what is written.
  static std::string deep_target(const Own& own, std::size_t begin, std::size_t end,
                                 const std::vector<std::string>& names) {
    const bool field_of_element = end >= begin + 3 && own[end - 1]->is_word() &&
                                  own[end - 2]->is(".") && own[end - 3]->is("]");
    if (!field_of_element) return names.front();
    return std::string(bare(names.front())) + "." + std::string(own[end - 1]->token.text);
  }

  const std::vector<Token>& tokens_;
  std::size_t& at_;
  std::size_t& room_;
  SourceFunction& function_;
  std::size_t depth_ = 0;
  int closures_ = 0;
  int breakable_ = 0;  // switch and select statements around, within the innermost loop
  std::vector<std::size_t> open_loops_;
  std::vector<std::string>* captured_ = nullptr;
};

// "name T", "name := T{", "name = make(T": what T begins with.
std::string type_at(const std::vector<Token>& tokens, std::size_t at) {
  const auto is = [&](std::size_t i, std::string_view text) {
    return i < tokens.size() && tokens[i].is(text);
  };
  if (is(at, "&") || is(at, "*")) ++at;
  if (is(at, "make") && is(at + 1, "(")) at += 2;
  if (is(at, "new") && is(at + 1, "(")) at += 2;
  if (is(at, "map") && is(at + 1, "[")) return "map";
  if (is(at, "chan")) return "chan";
  if (is(at, "[") && is(at + 1, "]")) return "slice";
  if (at + 2 < tokens.size() && is_name(tokens[at]) && is(at + 1, ".") && is_name(tokens[at + 2])) {
    return std::string(tokens[at].token.text) + "." + std::string(tokens[at + 2].token.text);
  }
  return {};
}

void collect_types(const std::vector<Token>& tokens, NameTypes& types) {
  constexpr std::size_t kMaxNames = 5000;
  for (std::size_t i = 0; i + 1 < tokens.size() && types.size() < kMaxNames; ++i) {
    if (!is_name(tokens[i])) continue;
    std::size_t type = i + 1;
    if (tokens[type].is(":") && type + 1 < tokens.size() && tokens[type + 1].is("=")) {
      type += 2;
    } else if (tokens[type].is("=") || tokens[type].is(":")) {
      type += 1;
    } else if (i > 0 && tokens[i - 1].is(".")) {
      continue;
    }
    std::string found = type_at(tokens, type);
    if (!found.empty()) types[std::string(tokens[i].token.text)].insert(std::move(found));
  }
}

// Types declared as a struct with a lock in it.
void collect_locks(const std::vector<Token>& tokens, std::set<std::string>& with_lock) {
  for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
    if (!tokens[i].is("type") || !is_name(tokens[i + 1]) || !tokens[i + 2].is("struct")) continue;
    int depth = 0;
    for (std::size_t at = i + 3; at + 2 < tokens.size(); ++at) {
      if (tokens[at].is("{")) ++depth;
      if (tokens[at].is("}") && --depth == 0) break;
      const bool lock = tokens[at].is("sync") && tokens[at + 1].is(".") &&
                        (tokens[at + 2].is("Mutex") || tokens[at + 2].is("RWMutex") ||
                         tokens[at + 2].is("WaitGroup"));
      if (lock && !tokens[at - 1].is("*")) with_lock.emplace(tokens[i + 1].token.text);
    }
  }
}

}  // namespace

bool Statement::calls(std::string_view function) const {
  return std::any_of(uses.begin(), uses.end(), [&](const std::string& use) {
    return use.ends_with("()") && last_part(use) == function;
  });
}

bool Statement::grows(std::string_view target) const {
  return calls("append") && std::any_of(uses.begin(), uses.end(), [&](const std::string& use) {
           return !use.ends_with("()") && bare(use) == target;
         });
}

bool SourceFunction::is_local(std::string_view selector) const {
  return locals.count(std::string(first_part(selector))) != 0;
}

std::string_view bare(std::string_view name) {
  return name.substr(0, name.find_first_of("[("));
}

std::string_view first_part(std::string_view name) {
  return bare(name.substr(0, name.find('.')));
}

std::string_view last_part(std::string_view name) {
  name = bare(name);
  return name.substr(name.rfind('.') + 1);
}

SourceStatements read_statements(std::string_view source) {
  SourceStatements all;
  const std::vector<Token> tokens = tokens_of(source);
  std::size_t room = kMaxStatements;
  int depth = 0;
  for (std::size_t at = 0; at < tokens.size();) {
    const Token& token = tokens[at];
    if (depth == 0 && token.is("func") && token.token.begins_line) {
      all.functions.emplace_back();
      FunctionReader(tokens, at, room, all.functions.back()).read();
      if (at > 0 && at < tokens.size() && &tokens[at] == &token) ++at;
      continue;
    }
    if (is_any(token, "{(")) ++depth;
    if (is_any(token, "})") && depth > 0) --depth;
    ++at;
  }
  collect_types(tokens, all.types);
  collect_locks(tokens, all.with_lock);
  return all;
}

}  // namespace gobox::runner
