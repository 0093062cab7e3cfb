// SPDX-License-Identifier: Apache-2.0

#pragma once

// SourceStatements: the statements of a Go function as far as following a value needs them: what is
// assigned to what, what is appended, sent, returned, deferred, which locks are taken, which loops
// have no way out. A reading of tokens, not of types: names stand for themselves, closures count as
// part of the function they are written in.
//
// Linear in the tokens; at most kMaxStatements of one file are kept, of each at most kMaxUses
// names. Good for hints and nothing else. Pure, thread-safe.

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

inline constexpr std::size_t kMaxStatements = 20'000;  // of one file
inline constexpr std::size_t kMaxUses = 24;            // names kept of one statement

// "put(key, make([]byte, n))": the names in each argument, those of closures written there too.
struct CallOf {
  std::string name;  // as in Statement::uses
  std::vector<std::vector<std::string>> arguments;
};

// Names are selectors as written: "v", "s.history". Of an index only the operand is kept: "m[]"; of
// a slice expression "b[:]"; of a call "open()".
struct Statement {
  enum class Kind { kAssign, kReturn, kCall, kGo, kDefer, kSend, kReceive, kHeader };

  Kind kind = Kind::kCall;
  int line = 0;
  int last_line = 0;
  std::vector<std::string> targets;  // of an assignment; the channel of a send
  std::vector<std::string> uses;     // on the other side, and in closures written there
  std::vector<CallOf> called;        // functions, with what stands in their parentheses
  std::string word;                  // of a header: "for", "if", "select", "case", ...
  bool declares = false;             // := or var
  bool adds = false;                 // +=
  bool in_loop = false;
  bool in_closure = false;
  bool composes = false;  // a composite literal in it

  bool calls(std::string_view function) const;  // by its last name: "Lock" of "s.mu.Lock()"
  // "x = append(x, ...)"; "y = append([]byte(nil), x...)" makes a copy.
  bool grows(std::string_view target) const;
};

struct Loop {
  int line = 0;
  int last_line = 0;
  bool has_condition = false;
  bool ranges = false;
  bool exits = false;  // return, break, goto, panic, Exit in it
  bool condition_calls = false;
  bool empty = false;                  // nothing in its body
  std::vector<std::string> condition;  // names in it
  std::set<std::string> changed;       // names assigned in it, by their first part
  bool steps = false;                  // "for i := 0; i < n; i++"
};

struct SourceFunction {
  std::string name;
  std::string receiver;       // "r"
  std::string receiver_type;  // "registry"
  bool receiver_is_copy = false;
  int first_line = 0;
  int last_line = 0;
  std::vector<std::string> parameters;
  std::vector<std::string> copied_locks;  // parameters that are a Mutex or WaitGroup, not a pointer
  std::set<std::string> locals;           // parameters, and all that is declared in it
  std::set<std::string> changed_in_closures;
  std::vector<Statement> statements;
  std::vector<Loop> loops;

  bool is_local(std::string_view selector) const;  // by its first part
};

// What a name was declared as, where it could be told: "map", "slice", "chan", "sync.Map", ...
using NameTypes = std::map<std::string, std::set<std::string>, std::less<>>;

struct SourceStatements {
  std::vector<SourceFunction> functions;
  NameTypes types;                  // by the last part of the name
  std::set<std::string> with_lock;  // types that hold a sync.Mutex or RWMutex by value
};

SourceStatements read_statements(std::string_view source);

// "s" of "s.history[]"; "history" of it.
std::string_view first_part(std::string_view name);
std::string_view last_part(std::string_view name);
// Without "[]", "[:]" and "()".
std::string_view bare(std::string_view name);

}  // namespace gobox::runner
