// SPDX-License-Identifier: Apache-2.0

#include "run/dump_shortener.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::run {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string goroutine(int number, const std::string& state) {
  return "goroutine " + std::to_string(number) + " [" + state + "]:\nmain.work(0x1)\n" +
         "\t/work/main.go:12 +0x1d\ncreated by main.main in goroutine 1\n" +
         "\t/work/main.go:20 +0x2a\n\n";
}

std::string stacks(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += goroutine(i + 5, "chan receive");
  return text;
}

constexpr const char* kRegisters = "rax    0xca\nrip    0x46f\neflags 0x286\ncs     0x33\n";

std::string quit_dump(int count) {
  return "SIGQUIT: quit\nPC=0x46f m=0 sigcode=0\n\n" + stacks(count) + kRegisters;
}

std::string shown(const std::string& text, ShortenedDumps which, std::size_t chunk) {
  DumpShortener shortener(which);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    out += shortener.feed(std::string_view(text).substr(at, chunk));
  }
  return out + shortener.finish();
}

TEST(DumpShortener, PutsADumpTogetherWhateverTheChunks) {
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    const std::string out = shown("before\n" + quit_dump(100), ShortenedDumps::kAskedFor, chunk);
    EXPECT_THAT(out, StartsWith("before\nSIGQUIT: quit\n100 goroutines [chan receive]:\n"));
    EXPECT_THAT(out, HasSubstr("main.work  main.go:12\n"));
    EXPECT_THAT(out, HasSubstr("started by main.main  main.go:20\n"));
    EXPECT_THAT(out, HasSubstr("--raw"));
    EXPECT_THAT(out, Not(HasSubstr("0xca")));
  }
}

TEST(DumpShortener, WhatStandsAroundItStaysByteForByte) {
  const std::string out = shown("a\nb" + std::string(1, '\0') + "\n" + quit_dump(100) +
                                    "the program's own last words\nno newline",
                                ShortenedDumps::kAskedFor, 3);
  EXPECT_THAT(out, StartsWith("a\nb" + std::string(1, '\0') + "\n"));
  EXPECT_THAT(out, ::testing::EndsWith("the program's own last words\nno newline"));
}

TEST(DumpShortener, AShortDumpStaysAsItIs) {
  const std::string text = "SIGQUIT: quit\nPC=0x46f m=0 sigcode=0\n\n" + stacks(2);
  EXPECT_EQ(shown(text, ShortenedDumps::kEvery, 5), text);
}

TEST(DumpShortener, APanicsDumpIsShortenedOnlyWhereEveryOneIs) {
  const std::string text = "panic: no\n\n" + stacks(100) + "exit status 2\n";
  EXPECT_EQ(shown(text, ShortenedDumps::kAskedFor, 9), text);
  const std::string out = shown(text, ShortenedDumps::kEvery, 9);
  EXPECT_THAT(out, StartsWith("panic: no\n\n100 goroutines [chan receive]:\n"));
  EXPECT_THAT(out, ::testing::EndsWith("exit status 2\n"));
}

TEST(DumpShortener, OtherOutputPassesAtOnceAndUnchanged) {
  DumpShortener shortener(ShortenedDumps::kEvery);
  EXPECT_EQ(shortener.feed("progress: 10 %"), "progress: 10 %");
  EXPECT_EQ(shortener.feed("\rgoroutine 1 [running]:\n"), "\rgoroutine 1 [running]:\n");
  EXPECT_EQ(shortener.feed("goroutines are cheap\n"), "goroutines are cheap\n");
  EXPECT_EQ(shortener.finish(), "");
}

TEST(DumpShortener, HoldsNoMoreThanItsBound) {
  const std::string endless = quit_dump(60'000);
  ASSERT_GT(endless.size(), DumpShortener::kMostHeld);
  DumpShortener shortener(ShortenedDumps::kAskedFor);
  const std::string out = shortener.feed(endless) + shortener.finish();
  EXPECT_GT(out.size(), DumpShortener::kMostHeld / 2) << "beyond it, it comes as it is";
}

}  // namespace
}  // namespace gobox::run
