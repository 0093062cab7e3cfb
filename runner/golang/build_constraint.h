// SPDX-License-Identifier: Apache-2.0

#pragma once

// Whether the go command would take a file for a given target: file name rules (_linux, _amd64,
// _test, leading '_' or '.') and build lines. Not a full go/build: goexperiment.* tags are unknown
// here and therefore false, and cgo's own exclusion of files is left to the go command.
// Lines Go cannot parse count as satisfied, so that Go gets to report them. Thread-safe; no state.
// Facts: `go help buildconstraint`, go/build's goodOSArchFile and go/build/constraint.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runner/golang/go_source.h"

namespace gobox::runner {

// GOARCH of this machine: programs are built for the host they run on.
#if defined(__x86_64__)
inline constexpr std::string_view kHostArchitecture = "amd64";
#elif defined(__aarch64__)
inline constexpr std::string_view kHostArchitecture = "arm64";
#else
#error "name this machine's GOARCH here"
#endif

struct BuildTarget {
  std::string_view goos = "linux";
  std::string_view goarch = kHostArchitecture;
  int go_minor = 19;  // 26 of go1.26: release tags go1.1 to go1.26 hold
  bool cgo = false;
  std::vector<std::string> tags;  // -tags and those of modes: race, faketime
};

// What a file name alone says.
struct GoFileName {
  bool is_go = false;       // ends in .go and does not begin with '_' or '.'
  bool is_test = false;     // _test.go
  std::string_view goos;    // "" where the name asks for none; points into the argument
  std::string_view goarch;  // likewise
};

GoFileName parse_go_file_name(std::string_view base_name);

// True for names that hold a GOOS or GOARCH constraint, or end in _test.go.
bool names_end_in_os_arch(std::string_view base_name);

// The value of one "//go:build" or "// +build" line; nothing where Go would refuse the line.
std::optional<bool> build_line_holds(std::string_view line, const BuildTarget& target);

// Name and build lines together. `base_name` is the file's last path part.
bool is_file_built(std::string_view base_name, const GoFileHead& head, const BuildTarget& target);

}  // namespace gobox::runner
