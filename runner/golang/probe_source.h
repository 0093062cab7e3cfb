// SPDX-License-Identifier: Apache-2.0

#pragma once

// ProbeSource: the Go file that is compiled into package main beside the user's own, so that a
// death is explained: it names endless recursion under any memory limit, keeps the heap's largest
// allocation sites readable from outside (runner/diagnosis/probe.h), and, where asked for, reports
// the goroutines alive when main returns.
//
// What it does to the program: one call of debug.SetMaxStack before main, one finalizer that runs
// after each collection and reads the runtime's own counters, memory profiling at its default rate.
// It starts no goroutine, opens nothing, prints nothing, allocates nothing on the heap until a
// quarter of the limit is in use. The user's files stay as they are; only for the goroutine report
// is `func main` renamed, with a line directive that keeps every line and column.
//
// It is left out where it could change what is compiled: a //go:embed may match it, and names the
// user's package declares may be ones it needs. Pure functions, thread-safe.
// Facts: package runtime (SetFinalizer, MemProfile, ReadMemStats), runtime/debug (SetMaxStack),
// runtime/stack.go (stacks double), cmd/compile's "Compiler Directives" (line).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/golang/go_command.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

inline constexpr std::string_view kProbeFile = "zz_gobox_probe.go";
// What the user's main is called where the goroutine report wraps it.
inline constexpr std::string_view kRenamedMain = "main.goboxZ7UserMain";
// Starts the readable page in the program's memory.
inline constexpr std::string_view kProbeMagic = "gobox-probe-1:c1e0d4b7a96f25833e";
inline constexpr std::size_t kProbePageSize = 16384;
inline constexpr std::size_t kProbeGroupsAt = 12288;  // goroutines; before them the heap's sites
// Stand around the goroutine report in stderr.
inline constexpr std::string_view kGoroutinesBegin = "\x01gobox-goroutines-6fd1a0c27b93e548\n";
inline constexpr std::string_view kGoroutinesEnd = "\x02gobox-goroutines-6fd1a0c27b93e548\n";

struct ProbeRequest {
  std::uint64_t memory_bytes = 0;  // the run's limit
  std::uint64_t stack_bytes = 0;   // the largest stack; 0: stack_limit_for(memory_bytes)
  bool goroutines = false;         // report those alive at the end of main
};

struct ProbePlacement {
  std::string path;         // of the file that was added
  std::string left_out;     // why nothing was added; empty when it was
  bool goroutines = false;  // main was renamed
};

// Adds the file to package main in `directory` ("" is the root) of `workspace`.
ProbePlacement add_probe(Workspace& workspace, std::string_view directory,
                         const ProbeRequest& request);

// The same as a package that main imports, compiled once instead of in every job: without the
// goroutine report, and with the limits given by the linker instead of in the text.
inline constexpr const char* kProbePackage = "gobox/probe";
std::string probe_package_text();
std::string probe_import_text();
std::vector<std::string> probe_link_flags(const ProbeRequest& request);

// The largest stack allowed under a memory limit: what a deeper one would need could not fit, as a
// stack is copied to one of twice the size.
std::uint64_t stack_limit_for(std::uint64_t memory_bytes);

// Go's own, on 64 bits.
inline constexpr std::uint64_t kGoMaxStack = 1'000'000'000;

// ProbeRequest::stack_bytes for such a job: Go's own limit where none of ours is wanted.
inline std::uint64_t probe_stack_of(const GoSettings& settings) {
  return settings.as_in_production ? kGoMaxStack : 0;
}

}  // namespace gobox::runner
