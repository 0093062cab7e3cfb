// SPDX-License-Identifier: Apache-2.0

#include "runner/source/txtar.h"

#include <string>

#include "gtest/gtest.h"

namespace gobox::runner {
namespace {

TEST(Txtar, SplitsAtMarkersAndKeepsBytesExactly) {
  const auto archive = parse_txtar("hello\n-- a.go --\npackage a\n\n-- dir/b.txt --\nB\n");
  EXPECT_EQ(archive.comment, "hello\n");
  ASSERT_EQ(archive.files.size(), 2U);
  EXPECT_EQ(archive.files[0].name, "a.go");
  EXPECT_EQ(archive.files[0].data, "package a\n\n");
  EXPECT_EQ(archive.files[1].name, "dir/b.txt");
}

TEST(Txtar, KeepsNulBytesInData) {
  const std::string bytes("-- a --\nx\0y\n", 12);
  const auto archive = parse_txtar(bytes);
  ASSERT_EQ(archive.files.size(), 1U);
  EXPECT_EQ(archive.files[0].data, std::string("x\0y\n", 4));
}

TEST(Txtar, WithoutMarkersIsAllComment) {
  const auto archive = parse_txtar("package main\n");
  EXPECT_EQ(archive.comment, "package main\n");
  EXPECT_TRUE(archive.files.empty());
  EXPECT_FALSE(has_txtar_marker("package main\n"));
  EXPECT_TRUE(parse_txtar("").comment.empty());
}

TEST(Txtar, TrimsWhiteSpaceAroundNames) {
  const auto archive = parse_txtar("--   spaced name\t --\n");
  ASSERT_EQ(archive.files.size(), 1U);
  EXPECT_EQ(archive.files[0].name, "spaced name");
}

TEST(Txtar, TakesLookAlikesForText) {
  for (const char* text : {"--  --\n", "-- --\n", "--a.go--\n", "-- a.go\n", " -- a.go --\n",
                           "-- a.go -- \n", "x -- a.go --\n", "---- a ---- x\n", "--", "-- "}) {
    EXPECT_FALSE(has_txtar_marker(text)) << text;
  }
}

TEST(Txtar, FindsAMarkerRightAfterALookAlike) {
  const auto archive = parse_txtar("-- a\n-- b --\nB\n");
  EXPECT_EQ(archive.comment, "-- a\n");
  ASSERT_EQ(archive.files.size(), 1U);
  EXPECT_EQ(archive.files[0].name, "b");
}

TEST(Txtar, ReadsCarriageReturnLines) {
  const auto archive = parse_txtar("-- a.go --\r\npackage a\r\n-- b.go --\r\npackage b");
  ASSERT_EQ(archive.files.size(), 2U);
  EXPECT_EQ(archive.files[0].name, "a.go");
  EXPECT_EQ(archive.files[0].data, "package a\r\n");
  EXPECT_EQ(archive.files[1].data, "package b");
  EXPECT_EQ(archive.files[1].missing_newline, "\r\n");
}

TEST(Txtar, NamesTheNewlineTheLastLineLacks) {
  EXPECT_EQ(parse_txtar("-- a --\nx").files.at(0).missing_newline, "\n");
  EXPECT_EQ(parse_txtar("-- a --\nx\n").files.at(0).missing_newline, "");
  EXPECT_EQ(parse_txtar("-- a --").files.at(0).missing_newline, "");
  EXPECT_EQ(parse_txtar("-- a --").files.at(0).data, "");
}

TEST(Txtar, CountsBeyondWhatItKeeps) {
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += "-- a --\n";
  const auto archive = parse_txtar(bytes, 3);
  EXPECT_EQ(archive.files.size(), 3U);
  EXPECT_EQ(archive.file_count, 100000U);
}

TEST(Txtar, FormatsWhatItParsed) {
  const std::string bytes = "comment\n-- a.go --\npackage a\n-- empty --\n-- b --\nB\n";
  const auto archive = parse_txtar(bytes);
  EXPECT_EQ(format_txtar(archive.comment, archive.files), bytes);
}

TEST(Txtar, FormatAddsMissingNewlines) {
  const auto archive = parse_txtar("-- b --\nB");
  EXPECT_EQ(format_txtar("comment", archive.files), "comment\n-- b --\nB\n");
}

}  // namespace
}  // namespace gobox::runner
