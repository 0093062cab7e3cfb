// SPDX-License-Identifier: Apache-2.0

// Loops and what ends them (declared in value_flow.h).

#include <algorithm>

#include "runner/diagnosis/value_flow.h"

namespace gobox::runner {
namespace {

constexpr int kLinesBefore = 3;

// Of the library, of strings and numbers: the same answer each time.
bool is_pure(std::string_view name) {
  if (!name.ends_with("()")) return false;
  if (name == "len()" || name == "cap()" || name == "min()" || name == "max()") return true;
  for (const std::string_view package :
       {"strings.", "unicode.", "utf8.", "math.", "strconv.", "bits."}) {
    if (name.starts_with(package)) return true;
  }
  return false;
}

bool calls_pure(const std::vector<std::string>& condition) {
  std::size_t calls = 0;  // of packages: len alone is no call, and a receive has no name
  for (const std::string& name : condition) {
    if (!name.ends_with("()")) continue;
    if (!is_pure(name)) return false;
    if (name.find('.') != std::string::npos) ++calls;
  }
  return calls > 0;
}

}  // namespace

const Loop* ValueFlow::endless_loop_at(std::string_view path, int line) {
  const SourceFunction* const function = function_at(path, line);
  if (function == nullptr) return nullptr;
  const Loop* innermost = nullptr;
  for (const Loop& loop : function->loops) {
    // A loop without a statement of its own has no line: Go then gives one before it.
    const bool around = line >= loop.line && line <= loop.last_line;
    const bool just_before = loop.line > line && loop.line <= line + kLinesBefore;
    if ((!around && !just_before) || loop.ranges) continue;
    // What a field, an element or a global holds may be changed elsewhere; a local is not. A pure
    // function of what does not change says the same each time.
    const bool calls = loop.condition_calls && !calls_pure(loop.condition);
    const bool may_end =
        loop.has_condition && !loop.empty &&
        (calls ||
         std::any_of(loop.condition.begin(), loop.condition.end(), [&](const std::string& name) {
           if (name == "true" || name == "nil" || name == "false" || is_pure(name)) return false;
           const std::string first(first_part(name));
           return loop.changed.count(first) != 0 ||
                  function->changed_in_closures.count(first) != 0 ||
                  name.find('.') != std::string::npos || name.ends_with("[]") ||
                  !function->is_local(name);
         }));
    if (may_end || (!loop.has_condition && loop.exits)) continue;
    if (calls && !loop.empty) continue;
    if (innermost == nullptr || loop.line >= innermost->line) innermost = &loop;
  }
  return innermost;
}

const Loop* ValueFlow::open_loop_at(std::string_view path, int line) {
  const SourceFunction* const function = function_at(path, line);
  if (function == nullptr) return nullptr;
  const Loop* innermost = nullptr;
  for (const Loop& loop : function->loops) {
    if (line < loop.line || line > loop.last_line) continue;
    if (innermost == nullptr || loop.line >= innermost->line) innermost = &loop;
  }
  return innermost != nullptr && !innermost->ranges && !innermost->steps ? innermost : nullptr;
}

const Loop* ValueFlow::clock_loop_at(std::string_view path, int line) {
  const SourceFunction* const function = function_at(path, line);
  if (function == nullptr) return nullptr;
  const Loop* innermost = nullptr;
  for (const Loop& loop : function->loops) {
    if (line < loop.line || line > loop.last_line) continue;
    const bool asks =
        std::any_of(loop.condition.begin(), loop.condition.end(), [](const std::string& name) {
          return name.starts_with("time.Now") || name.starts_with("time.Since") ||
                 name.starts_with("time.Until") || name == "b.N" || name.starts_with("b.Loop");
        });
    if (asks && (innermost == nullptr || loop.line >= innermost->line)) innermost = &loop;
  }
  return innermost;
}

}  // namespace gobox::runner
