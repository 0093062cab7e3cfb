// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/build_flags.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(std::string_view name, const std::string& value) {
  GoSettings settings;
  const auto set = set_build_flag(name, value, settings);
  return set ? "accepted" : set.error().message;
}

TEST(BuildFlags, AreReadInEachOfGosSpellings) {
  const std::vector<std::string> words = {"-tags=a,b", "--ldflags", "-s -w", "-race", "main.go"};
  GoSettings settings;
  EXPECT_EQ(*take_build_flag(words, 0, settings), 1U);
  EXPECT_EQ(*take_build_flag(words, 1, settings), 2U);
  EXPECT_EQ(*take_build_flag(words, 3, settings), 1U);
  EXPECT_EQ(*take_build_flag(words, 4, settings), 0U);
  EXPECT_THAT(settings.tags, ElementsAre("a", "b"));
  EXPECT_THAT(settings.build, ElementsAre("-ldflags=-s -w"));
  EXPECT_TRUE(settings.race);
}

TEST(BuildFlags, OfOneGivenTwiceTheLastCounts) {
  GoSettings settings;
  ASSERT_TRUE(set_build_flag("gcflags", "-N", settings));
  ASSERT_TRUE(set_build_flag("gcflags", "all=-N -l", settings));
  EXPECT_THAT(settings.build, ElementsAre("-gcflags=all=-N -l"));
}

TEST(BuildFlags, ThatReachBeyondTheBuildAreRefusedByName) {
  for (const char* name : {"toolexec", "exec", "o", "C", "overlay", "pkgdir", "modfile"}) {
    EXPECT_THAT(refusal(name, "x"), HasSubstr("-" + std::string(name) + " is not taken")) << name;
  }
  EXPECT_THAT(refusal("ldflags", "-extld=/bin/sh"), HasSubstr("-extld"));
  EXPECT_THAT(refusal("ldflags", "-s '-extldflags=-x'"), HasSubstr("-extldflags"));
  EXPECT_THAT(refusal("gcflags", "all=-o /tmp/x"), HasSubstr("-o"));
  EXPECT_THAT(refusal("tags", "a;b"), HasSubstr("not a build tag"));
  EXPECT_THAT(refusal("mod", "elsewhere"), HasSubstr("readonly"));
}

TEST(BuildFlags, OfTheLinkerMaySetAVariable) {
  EXPECT_EQ(refusal("ldflags", "-X main.version=1.2 -s"), "accepted");
  EXPECT_EQ(refusal("ldflags", "-X 'main.title=two words'"), "accepted");
}

TEST(BuildFlags, SomeCompileTheStandardLibraryAnew) {
  GoSettings settings;
  ASSERT_TRUE(set_build_flag("tags", "a", settings));
  EXPECT_FALSE(rebuilds_standard_library(settings));
  ASSERT_TRUE(set_build_flag("trimpath", "true", settings));
  EXPECT_TRUE(rebuilds_standard_library(settings));
}

}  // namespace
}  // namespace gobox::runner
