// SPDX-License-Identifier: Apache-2.0

// nearest: a slip of a finger is known, another word is not taken for one.

#include "base/nearest.h"

#include <vector>

#include "gtest/gtest.h"

namespace gobox {
namespace {

const std::vector<std::string> kKnown{"--memory", "--policy", "--pids", "--run-timeout",
                                      "test",     "why",      "exec"};

TEST(Nearest, KnowsASlipOfAFinger) {
  EXPECT_EQ(nearest("--memry", kKnown), "--memory");
  EXPECT_EQ(nearest("--memoyr", kKnown), "--memory");
  EXPECT_EQ(nearest("--run-timeuot", kKnown), "--run-timeout");
  EXPECT_EQ(nearest("tset", kKnown), "test");
  EXPECT_EQ(nearest("wyh", kKnown), "why");
}

TEST(Nearest, TakesNoOtherWordForOne) {
  EXPECT_EQ(nearest("--unrelated-thing", kKnown), "");
  EXPECT_EQ(nearest("build", kKnown), "");
  EXPECT_EQ(nearest("", kKnown), "");
  EXPECT_EQ(nearest("xy", kKnown), "");
  EXPECT_EQ(nearest(std::string(100'000, '-'), kKnown), "");
}

}  // namespace
}  // namespace gobox
