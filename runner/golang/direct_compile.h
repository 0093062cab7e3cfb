// SPDX-License-Identifier: Apache-2.0

#pragma once

// DirectCompile: package main that imports only the standard library, compiled and linked by the
// toolchain's own compiler and linker without the go command, which for such a program spends more
// time looking around than compiling. Equal to `go build` in what it accepts, in its messages, and
// in how the program behaves; docs/compile.md lists what differs. Whatever is in doubt goes through
// the go command, which is never wrong about itself.
//
// Decides from the sources, a toolchain's recipe and its import configuration alone. Nothing is
// executed or written here. Thread-safe; no state.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/policy.h"
#include "runner/golang/build_constraint.h"
#include "runner/golang/build_recipe.h"
#include "runner/golang/entry.h"
#include "runner/golang/go_command.h"
#include "runner/golang/import_config.h"
#include "runner/source/workspace.h"
#include "sandbox/ending.h"
#include "sandbox/sandbox.h"

namespace gobox::runner {

// What the compiler leaves for the linker, below the writable space.
inline constexpr const char* kObjectBelowSpace = "tmp/gobox-main.a";

// What a prepared cache knows for direct compiles.
struct DirectTools {
  ImportConfig packages;
  BuildRecipe recipe;
  bool has_probe = false;  // the probe's package is compiled there as well

  // Null where the cache has no such knowledge.
  static std::shared_ptr<const DirectTools> load(const std::string& cache_directory);
};

struct DirectPlan {
  std::vector<sandbox::ProgramStart> programs;  // compiler, linker
  std::string banner;                           // "# play\n", before the first message
  std::string directory;                        // of the package below the current one; "" is it
  int refusal_status = 1;
  bool imports_probe = false;  // the probe's file is to hold probe_import_text()
};

struct DirectDecision {
  std::optional<DirectPlan> plan;
  std::string why_not;  // the first reason found, where there is no plan
};

struct DirectRequest {
  const Workspace& workspace;
  const EntryPlan& entry;
  const Toolchain& toolchain;
  const GoSettings& settings;
  const BuildTarget& target;
  const policies::Limits& limits;
  // Of the run, where the probe beside the sources can be the prepared package instead.
  std::optional<std::uint64_t> probe_memory_bytes{};
  // Of others, whose packages are built in; null where the program uses none.
  const std::vector<UsedModule>* modules = nullptr;
};

DirectDecision plan_direct_compile(const DirectRequest& request, const DirectTools& tools);

// The ending as `go build` would have brought it about: all output on stderr behind the banner, and
// a tool's failure as the go command's own exit status.
void present_as_go_build(const DirectPlan& plan, sandbox::Ending& ending);

}  // namespace gobox::runner
