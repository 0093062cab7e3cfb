// SPDX-License-Identifier: Apache-2.0

#pragma once

// ModuleNeeds: whether a workspace imports what is neither the standard library nor its own, told
// from go.mod files and file heads alone. It may say yes where the go command would not (a file
// that is not built imports something): then the go command is asked once. It never says no where
// something has to be found. Thread-safe; no state.

#include <set>
#include <string>

#include "runner/source/workspace.h"

namespace gobox::runner {

struct ModuleNeeds {
  std::set<std::string> imports;  // paths of other modules' packages, as far as names tell
  bool has_requirements = false;  // a go.mod requires something
  bool has_replacements = false;  // a go.mod or go.work replaces or excludes something
  bool has_vendor = false;        // vendor/modules.txt: the go command takes what is there
  bool has_go_work = false;

  bool any() const { return !imports.empty() || has_requirements; }
};

// `tests`: count what _test.go files import.
ModuleNeeds find_module_needs(const Workspace& workspace, bool tests);

// The bytes of go.mod, go.sum and go.work files that together with the imports decide what is
// resolved; for a key.
std::string module_files_text(const Workspace& workspace);

}  // namespace gobox::runner
