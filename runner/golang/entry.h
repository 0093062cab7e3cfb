// SPDX-License-Identifier: Apache-2.0

#pragma once

// The entry of a job: which directory of a workspace holds the program, what the go command is told
// to build, whether the single program is really a test, and the go.mod it needs. Decides from
// names and file heads alone; whether the code compiles is the compiler's to say.
//
// Refusals are a caller's Error of one sentence. Thread-safe; no state.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runner/golang/build_constraint.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

struct EntryPlan {
  std::string module_directory;   // where the go command runs: holds go.mod; "" is the root
  std::string package_directory;  // holds package main; "" is the root
  // The go command's package arguments, relative to module_directory: "." or "./cmd/x", or each
  // file
  // ("./main.go") when the caller named files.
  std::vector<std::string> build_arguments;
  // Set when the program declares tests or examples and no main: rename `test_source` to
  // `test_target` (rename_file), then test instead of run. Both empty otherwise.
  std::string test_source;
  std::string test_target;
  // There are Go files, but of another package than main: what the compiler's answer is then.
  std::string refusal;
};

// What the caller said about where the program is.
struct PackageChoice {
  std::string directory;  // look here and below; "" is all of the workspace
  // What stands before a package's name where the caller names one, for the refusal that asks for
  // it: "sandbox-run DIR ".
  std::string how_to_name;
};

// The choice's own directory is preferred; without package main there, exactly one directory below
// must hold it. Directories the go command ignores (testdata, vendor, leading '_' or '.') are
// ignored, and so are modules of their own within a module, unless a go.work uses them.
Result<EntryPlan> plan_entry(const Workspace& workspace, const BuildTarget& target,
                             const PackageChoice& choice = {});

// The directory of a package as the go command takes its name: "./cmd/api", or an import path of
// one of the workspace's modules. "" is the root.
Result<std::string> find_package(const Workspace& workspace, std::string_view name);

// Directories that hold a _test.go file the target takes, sorted; "" is the root.
std::vector<std::string> test_directories(const Workspace& workspace, const BuildTarget& target);

// The directory of the nearest go.mod at or above `directory`; "" (the root) where there is none.
std::string module_directory_of(const Workspace& workspace, std::string_view directory);

enum class GoModChange { kNone, kAdded, kGoLineAdded };

// Gives a module without go.mod one ("module play"), and a go.mod without a go line the toolchain's
// language version ("1.26"), so that no program is held to go1.16's language by omission. A go line
// that stands is kept, whatever it asks for: too new a version gets Go's own message. The line goes
// last, so line numbers in Go's messages stay true.
Result<GoModChange> go_mod_fixup(Workspace& workspace, std::string_view language_version,
                                 std::string_view module_directory = "");

}  // namespace gobox::runner
