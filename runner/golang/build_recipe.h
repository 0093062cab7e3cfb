// SPDX-License-Identifier: Apache-2.0

#pragma once

// BuildRecipe: how this toolchain's go command calls the compiler and the linker for a program of
// one package, learnt from `go build -x` of a sample when a cache is prepared. Learning it, instead
// of knowing it, keeps a direct compile equal to `go build` from version to version; output that
// does not have the expected shape gives no recipe, and then nothing is compiled directly.
//
// Values only. Thread-safe once made. Facts: cmd/go/internal/work/gc.go; the framing of the build
// information is cmd/go/internal/modload's and what debug.ReadBuildInfo cuts off again.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/modules/resolution.h"

namespace gobox::runner {

// Below a prepared cache: the `go build -x` output of the sample module, then one line of this word
// and the exit status of building a package that does not compile.
inline constexpr const char* kBuildCommandsFile = "gobox/build-commands";
inline constexpr std::string_view kRefusalWord = "refusal-status";
// The module path of that sample; its one source file is main.go in the module's root.
inline constexpr const char* kSampleModule = "sample";
// The compiler's flag for objects that hold no DWARF.
inline constexpr const char* kNoDebugInformation = "-dwarf=false";

struct BuildRecipe {
  // Flags as the go command gives them, without those that name files, build identities, the
  // language version or the number of threads: those are each job's own.
  std::vector<std::string> compile_flags;
  std::vector<std::string> link_flags;
  bool concurrent = false;     // the compiler takes -c: several threads
  std::string language;        // "go1.26": the sample's, which is the toolchain's own
  int refusal_status = 1;      // what the go command exits with when a tool failed
  std::string build_settings;  // "build\t-compiler=gc\n...": end of what debug.ReadBuildInfo parses

  static std::optional<BuildRecipe> parse(std::string_view build_output);

  // The value of runtime.modinfo for a program of package `path`; `module` is empty where the go
  // command was given files. Without NUL, so that it can be an argument.
  // `modules`: those whose packages are built in, sorted.
  std::string build_information(const std::string& path, const std::string& module,
                                const std::vector<UsedModule>& modules = {}) const;
};

}  // namespace gobox::runner
