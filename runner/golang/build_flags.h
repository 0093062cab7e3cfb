// SPDX-License-Identifier: Apache-2.0

#pragma once

// BuildFlags: the flags of `go build` that a caller may give, in go's own spelling, checked against
// a list. One grammar for the command line and for requests over HTTP. A refusal is a caller's
// Error whose sentence names the flag. The compile stage is a sandbox whatever they say; the list
// keeps out what would reach beyond it, run other programs, or break what we do with its output.
// Pure. Facts: `go help build`, `go tool compile -help`, `go tool link -help`.

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "runner/golang/go_command.h"

namespace gobox::runner {

// Takes the flag at words[at], with its value where that is the next word, and returns how many
// words that were; 0: no flag of go build. "-tags=x", "-tags x" and "--tags x" are one.
Result<std::size_t> take_build_flag(const std::vector<std::string>& words, std::size_t at,
                                    GoSettings& settings);

// One flag by its name without dashes: "ldflags", "-s -w". A switch takes "true" or "false".
Result<void> set_build_flag(std::string_view name, const std::string& value, GoSettings& settings);

// GOEXPERIMENT or GOAMD64, which go build takes from its environment.
Result<void> set_go_variable(std::string_view name, const std::string& value, GoSettings& settings);

// Whether no prepared package of the standard library fits a build with these flags, so that it is
// compiled anew.
bool rebuilds_standard_library(const GoSettings& settings);

}  // namespace gobox::runner
