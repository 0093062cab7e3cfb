// SPDX-License-Identifier: Apache-2.0

// TarTree: a stranger's archive becomes a workspace, or says why not, and leaves nothing else.

#include "runner/source/tar_tree.h"

#include "base/spool.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/tar_archive.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::tar_of;
using tests::TarFilter;
using MemberKind = tests::TarMember::Kind;

Result<Workspace> read(const std::string& archive, TarPacking packing = TarPacking::kNone,
                       const InputLimits& limits = {}) {
  return workspace_from_tar(archive, packing, limits, "");
}

std::string refusal(const Result<Workspace>& result) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, Error::Kind::kCaller);
  return result.error().message;
}

TEST(TarTree, KeepsFilesLinksDirectoriesAndBits) {
  const std::string archive = tar_of({{"./", "", MemberKind::kDirectory, 0755},
                                      {"./go.mod", "module m\n"},
                                      {"cmd/run.sh", "#!/bin/sh\n", MemberKind::kFile, 0755},
                                      {"empty/", "", MemberKind::kDirectory, 0755},
                                      {"cmd/link", "../go.mod", MemberKind::kLink},
                                      {"twin", "go.mod", MemberKind::kHardLink}});
  // The hard link's target is known by the name it was stored under.
  const auto tree = read(archive);
  ASSERT_TRUE(tree) << tree.error().message;
  ASSERT_EQ(tree->files.size(), 3U);
  EXPECT_EQ(tree->files[0].path, "cmd/run.sh");
  EXPECT_TRUE(tree->files[0].executable);
  EXPECT_EQ(tree->files[1].path, "go.mod");
  EXPECT_EQ(tree->files[1].bytes.view(), "module m\n");
  EXPECT_FALSE(tree->files[1].executable);
  EXPECT_EQ(tree->files[2].bytes.view(), "module m\n");
  ASSERT_EQ(tree->links.size(), 1U);
  EXPECT_EQ(tree->links[0].target, "../go.mod");
  EXPECT_THAT(tree->directories, ElementsAre("empty"));
  EXPECT_TRUE(tree->notes.empty());
}

TEST(TarTree, UnpacksWhatItWasToldAndNothingElse) {
  const std::vector<tests::TarMember> members{{"main.go", "package main\n"}};
  EXPECT_TRUE(read(tar_of(members, TarFilter::kGzip), TarPacking::kGzip));
  EXPECT_TRUE(read(tar_of(members, TarFilter::kZstd), TarPacking::kZstd));
  EXPECT_THAT(refusal(read(tar_of(members, TarFilter::kGzip))), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(read("no archive at all, just a line of text")), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(read("")), HasSubstr("empty"));
  const std::string whole = tar_of({{"main.go", std::string(5000, 'x')}});
  EXPECT_THAT(refusal(read(whole.substr(0, 2000))), HasSubstr("cannot be read"));
}

TEST(TarTree, NoNameLeavesTheTree) {
  for (const char* path : {"../up", "/etc/passwd", "a/../../up", "a//b", "a/./b"}) {
    EXPECT_NE(refusal(read(tar_of({{path, "x"}}))), "accepted") << path;
  }
  EXPECT_THAT(refusal(read(tar_of({{"a", "x"}, {"a", "y"}}))), HasSubstr("duplicate"));
  EXPECT_NE(refusal(read(tar_of({{"d", ".", MemberKind::kLink}, {"d/x", "y"}}))), "accepted");
}

TEST(TarTree, LeavesOutWhatIsNoFileAndLinksThatLeaveTheTree) {
  const auto tree = read(tar_of({{"main.go", "package main\n"},
                                 {"out", "../../etc/passwd", MemberKind::kLink},
                                 {"root", "/etc", MemberKind::kLink},
                                 {"pipe", "", MemberKind::kFifo}}));
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(tree->files.size(), 1U);
  EXPECT_TRUE(tree->links.empty());
  ASSERT_EQ(tree->notes.size(), 3U);
  EXPECT_THAT(tree->notes[0], HasSubstr("\"out\""));
}

TEST(TarTree, AFewBytesCannotBecomeMany) {
  InputLimits limits;
  limits.max_bytes = std::size_t{1} << 20;
  limits.max_files = 10;
  const std::string bomb =
      tar_of({{"zeros", std::string(std::size_t{64} << 20, '\0')}}, TarFilter::kGzip);
  ASSERT_LT(bomb.size(), std::size_t{1} << 20);
  EXPECT_THAT(refusal(read(bomb, TarPacking::kGzip, limits)), HasSubstr("total size"));
  std::vector<tests::TarMember> many;
  for (int i = 0; i < 11; ++i) many.push_back({"f" + std::to_string(i), ""});
  EXPECT_THAT(refusal(read(tar_of(many), TarPacking::kNone, limits)), HasSubstr("too many files"));
  std::vector<tests::TarMember> twins{{"f", std::string(400'000, 'x')}};
  for (int i = 0; i < 5; ++i)
    twins.push_back({"t" + std::to_string(i), "f", MemberKind::kHardLink});
  EXPECT_THAT(refusal(read(tar_of(twins), TarPacking::kNone, limits)), HasSubstr("total size"));
}

TEST(Spool, ReadsTheSameFromMemoryAndFromDisk) {
  const tests::ScratchDirectory scratch;
  for (const std::size_t pieces : {std::size_t{1}, std::size_t{100}}) {
    Spool spool(scratch.path());
    std::string all;
    for (std::size_t i = 0; i < pieces; ++i) {
      const std::string piece(30'000, static_cast<char>('a' + i % 26));
      all += piece;
      ASSERT_TRUE(spool.append(piece));
    }
    EXPECT_LE(spool.held(), std::size_t{2} << 20);
    EXPECT_EQ(spool.held() < 100, pieces == 100);
    const auto spooled = std::move(spool).finish();
    ASSERT_TRUE(spooled);
    EXPECT_EQ(spooled->bytes, all);
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path())) << "the file has no name";
}

TEST(Spool, SaysThatItsDirectoryIsGone) {
  Spool spool("/nowhere/at/all");
  const auto failed = spool.append(std::string(std::size_t{2} << 20, 'x'));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("/nowhere/at/all"));
}

}  // namespace
}  // namespace gobox::runner
