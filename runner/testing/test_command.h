// SPDX-License-Identifier: Apache-2.0

#pragma once

// The go command that builds the test binaries of a job, and what it brings along: one command for
// all packages, see BuildReport. Pure functions.

#include <string>
#include <vector>

#include "runner/golang/go_command.h"
#include "runner/golang/toolchain.h"
#include "runner/testing/test_settings.h"

namespace gobox::runner {

// Where `go test` puts the coverage of packages without tests.
inline constexpr const char* kUntestedProfilePath = "/tmp/gobox-untested.out";
inline constexpr const char* kUntestedProfileBelowSpace = "tmp/gobox-untested.out";

// Where a test binary writes its own.
inline constexpr const char* kProfilePath = "/tmp/gobox-cover.out";
inline constexpr const char* kProfileBelowSpace = "tmp/gobox-cover.out";

// What testing writes when its Run comes to its end, and never before: a heap profile, which nobody
// reads. Its name below the space.
inline constexpr const char* kEndPath = "/tmp/gobox-end.pprof";
inline constexpr const char* kEndDirectoryBelowSpace = "tmp";
inline constexpr const char* kEndName = "gobox-end.pprof";

// Whether a binary with these arguments is told to write it: lists never come to that end, workers
// of a fuzzer would write it too, and a profile of the caller's own takes its place.
bool marks_its_end(const TestSettings& settings, const std::vector<std::string>& rest);

// Whether inputs are made up: by -fuzz, or by the binary's own flag behind -args.
bool fuzzes(const TestSettings& settings, const std::vector<std::string>& rest);

std::vector<std::string> test_command(const Toolchain& toolchain, const GoSettings& go,
                                      const TestSettings& settings);

// The arguments of one package's binary, its name first; `rest` is what stands behind -args.
std::vector<std::string> test_binary_command(const TestSettings& settings, int go_minor,
                                             const std::vector<std::string>& rest);

}  // namespace gobox::runner
