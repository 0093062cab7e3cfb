// SPDX-License-Identifier: Apache-2.0

#pragma once

// What a Go file says about itself before anyone compiles it: package, imports, build lines,
// directives, and which of main, tests and examples it declares. A lexer, not a parser: it skips
// comments, strings and bodies exactly, and takes declarations only at the top level.
//
// Never fails: of garbage it returns what it saw, and `well_formed` is false. For decisions that
// must not err (compiling without the go command) require `well_formed`. Linear time, no recursion,
// no allocation beyond the result. Owns its strings. Thread-safe; no state.
// Facts: the Go specification ("Lexical elements"), go/build's parseFileHeader, and the public
// playground's isTestProg.

#include <string>
#include <string_view>
#include <vector>

namespace gobox::runner {

struct GoFileHead {
  std::string package;               // "" without a package clause
  std::vector<std::string> imports;  // unquoted, as written, duplicates kept
  // "//go:build ..." and "// +build ..." lines that stand where the go command honours them.
  std::vector<std::string> build_lines;
  std::vector<std::string> experiments;  // X of "// GOEXPERIMENT=X" lines at the very top
  bool uses_cgo = false;                 // import "C"
  bool has_embed = false;                // a //go:embed line
  bool has_linkname = false;             // a //go:linkname line
  bool has_go_debug = false;             // a //go:debug line
  bool has_main_func = false;            // func main, not a method
  bool has_tests =
      false;  // TestXxx, FuzzXxx or TestMain taking one *T, *F or *M, returning nothing
  bool has_examples = false;  // ExampleXxx with a body, no parameters and no results
  bool well_formed = false;   // package clause seen, literals, comments and brackets all closed
};

GoFileHead scan_go_file(std::string_view source);

}  // namespace gobox::runner
