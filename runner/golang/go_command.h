// SPDX-License-Identifier: Apache-2.0

#pragma once

// GoCommand: the go tool's arguments and environment for each stage, and the program's environment.
// Ours to set, never the submission's: no network, no toolchain switching, no environment file, no
// inherited variables. Pure functions. Facts: `go help environment`, `go help build`.

#include <optional>
#include <string>
#include <vector>

#include "policies/policy.h"
#include "runner/golang/toolchain.h"

namespace gobox::runner {

// Where things are inside a sandbox.
inline constexpr const char* kWorkDirectory = "/work";
inline constexpr const char* kCacheDirectory = "/gocache";
inline constexpr const char* kOutputPath = "/tmp/gobox-main";  // what the compile stage makes
inline constexpr const char* kOutputBelowSpace = "tmp/gobox-main";

// A directory of the workspace ("" is its top) as it is called inside.
std::string below_work(const std::string& directory);

struct GoSettings {
  bool race = false;
  bool cgo = false;        // C in packages is built, by the host's compiler; race needs it anyway
  bool fake_time = false;  // Go's own fake clock (runtime/time_fake.go); not together with race
  std::optional<std::string> gogc;      // as the user gave it; absent: Go's default
  std::string gomemlimit = "auto";      // "auto", "off" or a size
  std::optional<unsigned> parallelism;  // go build -p
  // The program gets of us neither GOMAXPROCS nor GOMEMLIMIT nor a smaller stack limit, and sees
  // its control group's files: as it would be where it is deployed (--like).
  bool as_in_production = false;
  // The caller's own, checked (build_flags.h).
  std::vector<std::string> tags;
  std::vector<std::string> build;  // in go's spelling: "-ldflags=-s -w"
  std::string experiment;          // GOEXPERIMENT
  std::string amd64;               // GOAMD64
};

// GOMAXPROCS, GOMEMLIMIT, GOGC for a stage with these limits.
std::vector<std::string> runtime_environment(const GoSettings& settings,
                                             const policies::Limits& limits);

// For the go command itself.
std::vector<std::string> go_environment(const Toolchain& toolchain, const GoSettings& settings,
                                        const policies::Limits& limits, bool has_go_work);

// The go command keeps an index of each module of a GOMODCACHE in its GOCACHE, and takes a module
// for empty where it cannot write it (cmd/go/internal/modindex).
inline constexpr const char* kNoModuleIndex = "GODEBUG=goindex=0";

// "NAME=value" instead of what that name had: of two entries Go and libc read the first.
void set_variable(std::vector<std::string>& environment, const std::string& entry);

// For the program: HOME, PATH, TMPDIR, USER and the runtime's; then the user's own `more`.
std::vector<std::string> program_environment(const GoSettings& settings,
                                             const policies::Limits& limits,
                                             const std::vector<std::string>& more);

std::vector<std::string> build_arguments(const Toolchain& toolchain, const GoSettings& settings,
                                         const std::vector<std::string>& packages);
std::vector<std::string> test_build_arguments(const Toolchain& toolchain,
                                              const GoSettings& settings,
                                              const std::vector<std::string>& packages);
// `arguments`, and behind them the flags of a build that `settings` ask for.
std::vector<std::string> with_build_flags(std::vector<std::string> arguments,
                                          const GoSettings& settings);
std::vector<std::string> vet_arguments(const Toolchain& toolchain, const GoSettings& settings,
                                       const std::vector<std::string>& packages);

}  // namespace gobox::runner
