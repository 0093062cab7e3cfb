// SPDX-License-Identifier: Apache-2.0

#pragma once

// ValueFlow: what keeps a value alive, read from the sources: from the line that allocated it along
// assignments, returns and calls to the container it ends in. A reading of names, not of types; an
// answer it is not sure of is no answer. Sources are read when they are first asked about, within
// the bounds given (kMaxSourceBytes in all). One per diagnosis; not thread-safe.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/diagnosis/cpu_budget.h"
#include "runner/diagnosis/source_statements.h"
#include "runner/diagnosis/stack_frame.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

struct Holder {
  enum class Kind {
    kMap,
    kSyncMap,
    kSlice,  // appended to
    kList,   // linked, or container/list
    kChannel,
    kDefer,
    kGoroutine,
    kTimer,     // of time.AfterFunc
    kVariable,  // one value at a time
    kElement,   // of a slice that is there already
  };

  Kind kind = Kind::kVariable;
  std::string name;  // "c.m"
  std::string file;
  int line = 0;
  std::string function;
  bool sliced = false;  // what is kept is a slice expression of what was allocated
  bool local = false;   // a variable of the function
};

class ValueFlow {
 public:
  static constexpr std::size_t kMaxSourceBytes = std::size_t{4} << 20;

  // Both must outlive it; no workspace: it knows nothing.
  ValueFlow(const Workspace* workspace, const CpuBudget& budget);

  // Statements of a file of the user's; nothing when it is not there or too large.
  const SourceStatements* file(std::string_view path);
  const SourceFunction* function_at(std::string_view path, int line);

  // `frames`: of the allocation, innermost first; only the user's count.
  std::optional<Holder> holder_of(const std::vector<Frame>& frames);

  // What a name of a file was declared as; the file's own declarations first.
  bool is_typed(std::string_view name, std::string_view type, std::string_view path);

  // The innermost loop around the line that has no way out, and nothing in it that could end it.
  const Loop* endless_loop_at(std::string_view path, int line);

  // The innermost loop around the line with a condition and no step of its own: whether it ends is
  // up to what is done in it.
  const Loop* open_loop_at(std::string_view path, int line);

  // The innermost loop around the line that goes on until the clock says so: its condition asks for
  // the time, or is a benchmark's.
  const Loop* clock_loop_at(std::string_view path, int line);

 private:
  struct Place {
    std::string path;
    const SourceFunction* function = nullptr;
    int line = 0;
    std::size_t frame = 0;  // index of the caller's frame to go on with
  };

  struct Ranked {
    int rank = 0;
    Holder holder;
  };

  const SourceFunction* function_named(std::string_view path, std::string_view name,
                                       std::string& found_in);
  void from_line(const Place& place);
  void from_variable(const Place& place, const std::string& name, bool sliced);
  void from_statement(const Place& place, const Statement& statement, bool sliced,
                      const std::string& value);
  std::string origin_of(const Place& place) const;
  void from_filled(const Place& place, const Statement& statement);
  void from_header(const Place& place, const Statement& statement, bool sliced);
  bool keeps_part(const Place& place, const Statement& statement, const std::string& name);
  static bool is_part(const Place& place, const Statement& statement, const std::string& name);
  void from_assignment(const Place& place, const Statement& statement, bool sliced);
  void from_calls(const Place& place, const Statement& statement, bool sliced,
                  const std::string& value);
  void from_return(const Place& place);
  void offer(int rank, const Place& place, const Statement& statement, Holder::Kind kind,
             std::string_view name, bool sliced);
  bool enter(const std::string& key);

  const CpuBudget& budget_;
  std::map<std::string_view, const SourceFile*> sources_;  // Go files, without vendored ones
  std::map<std::string, SourceStatements, std::less<>> files_;
  std::size_t read_ = 0;
  std::vector<Frame> frames_;
  std::vector<std::string> visited_;
  std::optional<Ranked> best_;
  std::string method_;   // of the library, that allocated; "" where a function or the user did
  std::string made_by_;  // what the user's line called for it: "Sprintf", "make"; "" unknown
};

}  // namespace gobox::runner
