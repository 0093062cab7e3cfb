// SPDX-License-Identifier: Apache-2.0

#pragma once

// What a test needs of its host. A skipped test names the missing right; with
// SANDBOX_TESTS_REQUIRE=all it fails instead, because a skipped security test looks like a passing
// one.

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "gtest/gtest.h"

namespace gobox::tests {

inline bool skips_are_failures() {
  const char* value = std::getenv("SANDBOX_TESTS_REQUIRE");
  return value != nullptr && std::string_view(value) == "all";
}

// Inside user-mode Linux: one CPU, slow system calls, no 32-bit emulation.
inline bool in_user_mode_linux() {
  return std::getenv("GOBOX_IN_UML") != nullptr;
}

// A kernel may have no loop devices at all: a space on disk is not offered there.
inline bool has_loop_devices() {
  return ::access("/dev/loop-control", F_OK) == 0;
}

// "thread", "address,undefined", or "": what our own processes were built with. The programs in the
// sandbox never are.
inline constexpr std::string_view kSanitizers = GOBOX_SANITIZE;

// How much more memory and time of their own they may take for that: shadows, quarantines, checks.
inline constexpr unsigned kOwnMemory = kSanitizers.empty() ? 1 : 3;
inline constexpr unsigned kOwnTime = kSanitizers.empty() ? 1 : 10;

}  // namespace gobox::tests

// In a test's body: goes on only where `condition` holds.
#define GOBOX_REQUIRE(condition, right)                                         \
  if (!(condition)) {                                                           \
    if (::gobox::tests::skips_are_failures()) FAIL() << "missing: " << (right); \
    GTEST_SKIP() << "missing: " << (right);                                     \
  }                                                                             \
  static_assert(true)
