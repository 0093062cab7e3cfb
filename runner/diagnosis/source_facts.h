// SPDX-License-Identifier: Apache-2.0

#pragma once

// SourceFacts: what the tokens of the user's Go files say about a place a stack points at, so that
// a hint can tell an append from a map and a ticker from a channel. A reading of tokens, not of
// types: wrong now and then, and good for nothing but hints. Linear time; bounded lists. Pure,
// thread-safe.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/diagnosis/cpu_budget.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

// Something of interest at a line of a file.
struct SourceMark {
  enum class Kind {
    kAppend,         // append(
    kMapWrite,       // m[k] = v, of a name declared as a map somewhere in the package
    kReslice,        // v[a:b] that is kept: not behind "copy(" nor before "..."
    kGo,             // go statement
    kTicker,         // NewTicker( or time.Tick(
    kStop,           // .Stop(
    kGcOff,          // SetGCPercent(-1
    kBigArray,       // [N]T with N of a million or more
    kLiteral,        // a composite literal; `amount` is its elements
    kGeneric,        // a declaration with type parameters
    kInstantiation,  // name[type] of one of those; only counted per file
    kConcatenation,  // a constant added to itself
    kCgo,            // import "C"
  };

  Kind kind = Kind::kAppend;
  int line = 0;
  std::string name;          // the map, the variable, the declared name; may be empty
  std::uint64_t amount = 0;  // elements, for literals and arrays
};

struct SourceFacts {
  struct Function {
    std::string name;
    int first_line = 0;
    int last_line = 0;
  };

  struct File {
    std::string path;
    std::uint64_t bytes = 0;
    std::vector<Function> functions;  // declared ones, in order
    std::vector<SourceMark> marks;    // in order
    std::uint64_t instantiations = 0;
    std::map<std::string, std::size_t, std::less<>> by_name;  // the first function of each name
  };

  std::vector<File> files;
  std::map<std::string, std::size_t, std::less<>> by_path;  // index in files
  bool cut = false;                                         // the budget was spent before the end

  const File* file(std::string_view path) const;
  // The lines of the declared function around a line; that line alone outside of one.
  Function function_at(std::string_view path, int line) const;
  // The declared function of that name (without its receiver) in the file; nothing when none is.
  const Function* function_named(std::string_view path, std::string_view name) const;
  // The first mark of the kind within the function around the line; the line itself preferred.
  const SourceMark* mark_near(SourceMark::Kind kind, std::string_view path, int line) const;
  const SourceMark* first(SourceMark::Kind kind, const File** in = nullptr) const;
  std::size_t count(SourceMark::Kind kind) const;
};

SourceFacts read_source_facts(const Workspace& workspace, const CpuBudget& budget);

}  // namespace gobox::runner
