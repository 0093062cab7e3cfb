// SPDX-License-Identifier: Apache-2.0

// Race is offered where it can be had: with a C compiler and its library, or with a standard
// library that was built before.

#include "runner/golang/race_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using runner::Toolchain;
using ::testing::HasSubstr;

std::vector<Toolchain> one_with_race() {
  Toolchain toolchain;
  toolchain.name = "go1.26.8";
  toolchain.goroot = "/usr/local/go";
  toolchain.has_race_runtime = true;
  return {toolchain};
}

TEST(RaceSupport, TakesACompilerAndItsLibrary) {
  const ScratchDirectory root;
  const runner::GoCaches caches(root / "cache");
  auto toolchains = one_with_race();
  EXPECT_THAT(runner::withhold_race(toolchains, caches, root.path()),
              HasSubstr("go1.26.8: building its standard library takes a C compiler (gcc)"));
  EXPECT_FALSE(toolchains[0].has_race_runtime);

  root.write("usr/bin/gcc", "", 0755);
  toolchains = one_with_race();
  EXPECT_THAT(runner::withhold_race(toolchains, caches, root.path()), HasSubstr("headers"));
  EXPECT_FALSE(toolchains[0].has_race_runtime);

  root.write("usr/include/stdlib.h", "");
  toolchains = one_with_race();
  EXPECT_EQ(runner::withhold_race(toolchains, caches, root.path()), "");
  EXPECT_TRUE(toolchains[0].has_race_runtime);
}

TEST(RaceSupport, IsSilentWhereThereWasNoRaceAnyway) {
  const ScratchDirectory root;
  const runner::GoCaches caches(root / "cache");
  auto toolchains = one_with_race();
  toolchains[0].has_race_runtime = false;
  EXPECT_EQ(runner::withhold_race(toolchains, caches, root.path()), "");
}

}  // namespace
}  // namespace gobox::tests
