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

std::vector<std::string> test_command(const Toolchain& toolchain, const GoSettings& go,
                                      const TestSettings& settings);

// The arguments of one package's binary, its name first; `rest` is what stands behind -args.
std::vector<std::string> test_binary_command(const TestSettings& settings, int go_minor,
                                             const std::vector<std::string>& rest);

}  // namespace gobox::runner
