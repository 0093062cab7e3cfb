// SPDX-License-Identifier: Apache-2.0

#pragma once

// CompilerMessage: what `go build`, `go vet`, `compile` and `link` complain about, line by line.
//
// The outcome never depends on it (the exit status decides); it tells which file, package and tool.
// A message is one line and the indented lines below it. Memory is bounded: kMaxCompilerMessages
// messages of kLongestCompilerMessage bytes. Forms of Go 1.19 to 1.26. Pure functions, thread-safe.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

enum class CompilerMessageKind {
  kSource,          // an error at a place in a source file
  kTooManyErrors,   // the compiler stopped after ten
  kMissingPackage,  // neither in the standard library nor provided by a module
  kImportCycle,
  kModule,  // go.mod, go.work, module lookup, version of the language
  kKilled,  // a tool was ended by a signal
  kOther,   // linker and everything else
};

std::string_view name(CompilerMessageKind kind);  // "source", "too_many_errors", ...

struct CompilerMessage {
  CompilerMessageKind kind = CompilerMessageKind::kOther;
  std::string package;  // of the "# package" line above, or named by the message
  std::string file;     // the user's own name, without "./"; empty where none is named
  int line = 0;         // 0: not given
  int column = 0;       // 0: not given
  std::string text;     // without place
  std::string tool;     // kKilled: "compile", "link", "asm", "cgo", "gcc"
  std::string signal;   // kKilled: "killed", "segmentation fault"
};

struct CompilerReport {
  std::vector<CompilerMessage> messages;
  bool truncated = false;  // more messages than are kept

  bool has(CompilerMessageKind kind) const;
};

inline constexpr std::size_t kMaxCompilerMessages = 200;
inline constexpr std::size_t kLongestCompilerMessage = 2000;

// `work_prefix` is the folder that holds the user's files where the tool ran ("/work/").
CompilerReport parse_compiler_output(std::string_view text, std::string_view work_prefix);

// The text as `go build` prints it in the user's own folder: "/work/main.go:3:5" becomes
// "./main.go:3:5", "/work/sub/a.go" becomes "sub/a.go". Nothing else changes.
std::string user_view(std::string_view text, std::string_view work_prefix);

}  // namespace gobox::runner
