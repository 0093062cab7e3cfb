// SPDX-License-Identifier: Apache-2.0

#include "runner/source/source_path.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::runner {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(std::string_view path, const InputLimits& limits = {}) {
  const auto result = check_path(path, limits);
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, Error::Kind::kCaller);
  return result.error().message;
}

TEST(SourcePath, AcceptsOrdinaryNames) {
  for (const char* path :
       {"main.go", "a/b/c.go", "go.mod", ".hidden", "..a", "a..", "...", "-x.go", "with space.txt",
        "\xC3\xA4.go", "\xE2\x82\xAC", "\xF0\x9F\x90\xB9.go", "a/.../b", "1/2/3/4/5/6/7/8/9/10"}) {
    EXPECT_EQ(refusal(path), "accepted") << path;
  }
}

TEST(SourcePath, RefusesWhatLeavesTheWorkspace) {
  for (const char* path : {"..", "../x", "a/..", "a/../b", "a/../../b", ".", "./a", "a/./b", "/",
                           "/etc/passwd", "//x", "a//b", "a/", ""}) {
    EXPECT_THAT(refusal(path), StartsWith("invalid file name ")) << path;
  }
}

TEST(SourcePath, RefusesBytesThatDisturb) {
  EXPECT_THAT(refusal("a\\b"), HasSubstr("backslash"));
  EXPECT_THAT(refusal(std::string_view("a\0b", 3)), HasSubstr("\"a\\x00b\""));
  EXPECT_THAT(refusal("a\nb"), HasSubstr("control character"));
  EXPECT_THAT(refusal("a\x7F"), HasSubstr("control character"));
  EXPECT_THAT(refusal("\x1B[2J.go"), HasSubstr("control character"));
  EXPECT_THAT(refusal("a\xC2\x9B"), HasSubstr("control character"));  // C1 CSI
}

TEST(SourcePath, RefusesMalformedUtf8) {
  for (const char* path : {"\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF",
                           "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80", "\xFF", "\xE2\x82"}) {
    EXPECT_THAT(refusal(path), HasSubstr("not valid UTF-8"));
  }
}

TEST(SourcePath, HoldsToItsLimitsAtTheEdge) {
  const InputLimits limits{.max_path = 5, .max_depth = 2};
  EXPECT_EQ(refusal("12345", limits), "accepted");
  EXPECT_EQ(refusal("123456", limits),
            "file name too long: \"123456\" has 6 bytes, at most 5 are allowed");
  EXPECT_EQ(refusal("a/b", limits), "accepted");
  EXPECT_EQ(refusal("a/b/c", limits),
            "file name \"a/b/c\" too deep: it has 3 parts, at most 2 are allowed");
}

TEST(SourcePath, RefusesPartsNoFileSystemTakes) {
  const InputLimits limits{.max_path = 4096};
  EXPECT_EQ(refusal(std::string(255, 'a'), limits), "accepted");
  EXPECT_THAT(refusal(std::string(256, 'a'), limits), HasSubstr("256 bytes, at most 255"));
}

TEST(SourcePath, AnswersHugeNamesWithShortSentences) {
  EXPECT_LT(refusal(std::string(1 << 20, 'a')).size(), 400U);
  EXPECT_LT(quote_path(std::string(1 << 20, '\n')).size(), 1000U);
}

TEST(SourcePath, QuotesSoThatTheNameCannotBeMistaken) {
  EXPECT_EQ(quote_path("a b.go"), "\"a b.go\"");
  EXPECT_EQ(quote_path("a\"b\\"), "\"a\\\"b\\\\\"");
  EXPECT_EQ(quote_path("\xFF\n"), "\"\\xff\\x0a\"");
  EXPECT_EQ(quote_path("\xC3\xA4"), "\"\xC3\xA4\"");
}

}  // namespace
}  // namespace gobox::runner
