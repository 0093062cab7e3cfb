// SPDX-License-Identifier: Apache-2.0

#pragma once

// ModuleZip: a module's zip, checked and unpacked. The bytes come from a stranger: names that leave
// the module, links, names that differ in case alone, archives that unpack to more than a module
// may hold are refused, and the hash is computed from exactly the bytes that were written.
//
// What is unpacked on the way to a refusal is the caller's to remove. Thread-safe; no state. Facts:
// golang.org/x/mod/zip (its limits and rules), module.CheckFilePath.

#include <cstdint>
#include <string>

#include "base/error.h"
#include "runner/modules/module_version.h"

namespace gobox::runner {

struct UnpackedModule {
  std::string hash;  // "h1:..."
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};

// Into the empty directory `to`. An Error of kind caller is a refusal of the archive; kind host is
// the disk's or ours.
Result<UnpackedModule> unpack_module(int zip, const ModuleVersion& module, int to);

}  // namespace gobox::runner
