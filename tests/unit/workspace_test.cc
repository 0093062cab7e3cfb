// SPDX-License-Identifier: Apache-2.0

#include "runner/source/workspace.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runner/source/file_archive.h"
#include "runner/source/host_tree.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using tests::ScratchDirectory;

std::vector<std::string> paths_of(const Workspace& workspace) {
  std::vector<std::string> paths;
  for (const SourceFile& file : workspace.files) paths.push_back(file.path);
  return paths;
}

std::string refusal_of(const Result<Workspace>& result) {
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, Error::Kind::kCaller);
  return result.error().message;
}

std::string bytes_of(const Workspace& workspace, std::string_view path) {
  const SourceFile* file = find_file(workspace, path);
  return file == nullptr ? "missing" : file->bytes.text();
}

TEST(WorkspaceFromMap, SortsByPathAndKeepsBytes) {
  const auto workspace =
      workspace_from_map({{"b.go", std::string("B\0", 2)}, {"a/x", "1"}, {"a.go", "A"}});
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(paths_of(*workspace), ElementsAre("a.go", "a/x", "b.go"));
  EXPECT_EQ(bytes_of(*workspace, "b.go"), std::string("B\0", 2));
  EXPECT_FALSE(workspace->files_named);
}

TEST(WorkspaceFromMap, RefusesDuplicates) {
  EXPECT_EQ(refusal_of(workspace_from_map({{"a.go", ""}, {"b.go", ""}, {"a.go", ""}})),
            "duplicate file name \"a.go\"");
  EXPECT_EQ(refusal_of(workspace_from_map({{"a.go", ""}, {"A.go", ""}})), "accepted");
}

TEST(WorkspaceFromMap, RefusesAFileThatIsAnothersDirectory) {
  // "a-b" sorts between "a" and "a/b": neighbours alone would not show the clash.
  EXPECT_EQ(refusal_of(workspace_from_map({{"a/b/c", ""}, {"a-b", ""}, {"a", ""}})),
            "file name \"a\" is also the directory of \"a/b/c\"");
  EXPECT_EQ(refusal_of(workspace_from_map({{"a/b", ""}, {"ab", ""}, {"a.go", ""}})), "accepted");
}

TEST(WorkspaceFromMap, RefusesPathsThatLeave) {
  EXPECT_THAT(refusal_of(workspace_from_map({{"../x.go", ""}})), HasSubstr("\"../x.go\""));
  EXPECT_THAT(refusal_of(workspace_from_map({{"/x.go", ""}})), HasSubstr("\"/x.go\""));
}

TEST(WorkspaceFromMap, CountsFilesAndBytesUpToTheEdge) {
  const InputLimits limits{.max_files = 2, .max_bytes = 4};
  EXPECT_EQ(refusal_of(workspace_from_map({{"a", "12"}, {"b", "34"}}, limits)), "accepted");
  EXPECT_EQ(refusal_of(workspace_from_map({{"a", "12"}, {"b", "345"}}, limits)),
            "total size of the files exceeds the limit of 4 bytes at \"b\"");
  EXPECT_EQ(refusal_of(workspace_from_map({{"a", ""}, {"b", ""}, {"c", ""}}, limits)),
            "too many files (limit of 2 exceeded at \"c\")");
}

TEST(WorkspaceFromTxtar, NamesTextBeforeTheFirstMarkerProgGo) {
  const auto workspace = workspace_from_txtar("package main\n-- go.mod --\nmodule m\n");
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(paths_of(*workspace), ElementsAre("go.mod", "prog.go"));
  EXPECT_EQ(bytes_of(*workspace, "prog.go"), "package main\n");
}

TEST(WorkspaceFromTxtar, DropsBlankTextBeforeTheFirstMarker) {
  const auto workspace = workspace_from_txtar(" \n\t\r\n-- a.go --\npackage a");
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(paths_of(*workspace), ElementsAre("a.go"));
  EXPECT_EQ(bytes_of(*workspace, "a.go"), "package a\n");
}

TEST(WorkspaceFromTxtar, RefusesProgGoTwice) {
  EXPECT_EQ(refusal_of(workspace_from_txtar("package main\n-- prog.go --\n")),
            "duplicate file name \"prog.go\"");
}

TEST(WorkspaceFromTxtar, CountsTheImplicitFile) {
  const InputLimits limits{.max_files = 2};
  EXPECT_EQ(refusal_of(workspace_from_txtar("x\n-- a --\n", limits)), "accepted");
  EXPECT_EQ(refusal_of(workspace_from_txtar("x\n-- a --\n-- b --\n", limits)),
            "too many files in txtar archive (3 exceeds limit of 2)");
}

TEST(WorkspaceFromTxtar, RefusesMembersThatEscape) {
  for (const char* name : {"../x", "/etc/passwd", "a/../../x", "a\\b", "a//b", "a/", "."}) {
    const std::string archive = std::string("-- ") + name + " --\nx\n";
    EXPECT_THAT(refusal_of(workspace_from_txtar(archive)), HasSubstr("invalid file name")) << name;
  }
  EXPECT_THAT(refusal_of(workspace_from_txtar(std::string("-- a\0b --\n", 11))),
              HasSubstr("control character"));
}

TEST(WorkspaceFromSource, NamesASingleFile) {
  const auto workspace = workspace_from_source("package main\nfunc main() {}");
  ASSERT_TRUE(workspace);
  EXPECT_THAT(paths_of(*workspace), ElementsAre("main.go"));
  EXPECT_EQ(bytes_of(*workspace, "main.go"), "package main\nfunc main() {}");
  EXPECT_TRUE(workspace->files_named);
  EXPECT_THAT(paths_of(*workspace_from_source("package main", "prog.go")), ElementsAre("prog.go"));
}

TEST(WorkspaceFromSource, RecognisesAnArchive) {
  const auto workspace = workspace_from_source("package main\n-- x/x.go --\npackage x\n");
  ASSERT_TRUE(workspace);
  EXPECT_THAT(paths_of(*workspace), ElementsAre("prog.go", "x/x.go"));
  EXPECT_FALSE(workspace->files_named);
}

TEST(WorkspaceFromSource, HoldsToTheByteLimit) {
  EXPECT_THAT(refusal_of(workspace_from_source(std::string(11, 'x'), "main.go", {.max_bytes = 10})),
              HasSubstr("exceeds the limit of 10 bytes"));
}

TEST(WorkspaceFromFiles, PlacesFilesByBaseName) {
  const ScratchDirectory scratch;
  scratch.write("one/b.go", "package b");
  scratch.write("a.go", "package a", 0755);
  const auto workspace = workspace_from_files({scratch / "one/b.go", scratch / "a.go"});
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(paths_of(*workspace), ElementsAre("a.go", "b.go"));
  EXPECT_EQ(bytes_of(*workspace, "b.go"), "package b");
  EXPECT_TRUE(workspace->files.front().executable);
  EXPECT_FALSE(workspace->files.back().executable);
  EXPECT_TRUE(workspace->files_named);
}

TEST(WorkspaceFromFiles, RefusesEqualBaseNames) {
  const ScratchDirectory scratch;
  scratch.write("one/a.go", "");
  scratch.write("two/a.go", "");
  EXPECT_EQ(refusal_of(workspace_from_files({scratch / "one/a.go", scratch / "two/a.go"})),
            "duplicate file name \"a.go\"");
}

TEST(WorkspaceFromFiles, RefusesALinkToASecret) {
  const ScratchDirectory scratch;
  scratch.write("secret", "hunter2");
  scratch.link(scratch / "secret", "main.go");
  EXPECT_THAT(refusal_of(workspace_from_files({scratch / "main.go"})),
              HasSubstr("main.go\" is a symbolic link, not a regular file"));
}

TEST(WorkspaceFromFiles, SaysWhatIsWrongWithAName) {
  const ScratchDirectory scratch;
  scratch.write("x.txt", "");
  std::filesystem::create_directory(scratch / "dir.go");
  EXPECT_THAT(refusal_of(workspace_from_files({scratch / "x.txt"})),
              HasSubstr("is not a .go file"));
  EXPECT_THAT(refusal_of(workspace_from_files({scratch / "dir.go"})), HasSubstr("is a directory"));
  EXPECT_THAT(refusal_of(workspace_from_files({scratch / "no.go"})),
              HasSubstr("no.go\": No such file or directory"));
  EXPECT_THAT(refusal_of(workspace_from_files({scratch / "misspelt"})),
              HasSubstr("misspelt\": No such file or directory"));
}

TEST(WorkspaceFromFiles, NeverBlocksOnAPipe) {
  const ScratchDirectory scratch;
  ASSERT_EQ(::mkfifo((scratch / "p.go").c_str(), 0600), 0);
  EXPECT_THAT(refusal_of(workspace_from_files({scratch / "p.go"})), HasSubstr("is a named pipe"));
}

TEST(WorkspaceFromFiles, StopsReadingAtTheLimit) {
  const ScratchDirectory scratch;
  scratch.write("a.go", "");
  std::filesystem::resize_file(scratch / "a.go",
                               std::uintmax_t{1} << 40);  // a hole, not a terabyte
  EXPECT_THAT(refusal_of(workspace_from_files({scratch / "a.go"})),
              HasSubstr("exceeds the limit of 16777216 bytes at \"a.go\""));
}

TEST(WorkspaceFromDirectory, KeepsRelativePathsAndSkipsGit) {
  const ScratchDirectory scratch;
  scratch.write("go.mod", "module m");
  scratch.write("cmd/x/main.go", "package main");
  scratch.write("run.sh", "#!", 0755);
  scratch.write(".git/config", "secret");
  scratch.write("sub/.git", "gitdir: elsewhere");
  scratch.write(".golangci.yml", "");
  const auto workspace = workspace_from_directory(scratch.path().string() + "//");
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(paths_of(*workspace),
              ElementsAre(".golangci.yml", "cmd/x/main.go", "go.mod", "run.sh"));
  EXPECT_EQ(bytes_of(*workspace, "cmd/x/main.go"), "package main");
  EXPECT_TRUE(find_file(*workspace, "run.sh")->executable);
  EXPECT_FALSE(workspace->files_named);
}

TEST(WorkspaceFromDirectory, KeepsLinksWithinTheTreeAndNamesThoseThatLeaveIt) {
  const ScratchDirectory scratch;
  scratch.write("tree/a.go", "");
  scratch.link("../a.go", "tree/data/inside");
  scratch.link("../../a.go", "tree/data/above");
  scratch.link("x/../../../a.go", "tree/data/around");
  scratch.link("/etc/hostname", "tree/data/host.txt");
  scratch.link("/etc", "tree/etc");
  const auto workspace = workspace_from_directory(scratch / "tree");
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(paths_of(*workspace), ElementsAre("a.go"));
  ASSERT_EQ(workspace->links.size(), 1U);
  EXPECT_EQ(workspace->links[0].path, "data/inside");
  EXPECT_EQ(workspace->links[0].target, "../a.go");
  EXPECT_THAT(workspace->notes,
              UnorderedElementsAre(HasSubstr("\"data/above\""), HasSubstr("\"data/around\""),
                                   HasSubstr("\"data/host.txt\""), HasSubstr("\"etc\"")));
}

TEST(WorkspaceFromDirectory, RefusesToStartAtALink) {
  const ScratchDirectory scratch;
  scratch.write("tree/a.go", "");
  scratch.link("tree", "alias");
  EXPECT_THAT(refusal_of(workspace_from_directory(scratch / "alias")),
              HasSubstr("is a symbolic link"));
  EXPECT_THAT(refusal_of(workspace_from_directory(scratch / "alias/")),
              HasSubstr("is a symbolic link"));
}

TEST(WorkspaceFromDirectory, NamesPipesAndSocketsItLeavesOut) {
  const ScratchDirectory scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = scratch / "socket";
  ASSERT_LT(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto workspace = workspace_from_directory(scratch.path());
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(workspace->files, IsEmpty());
  EXPECT_THAT(workspace->notes,
              ElementsAre("left out: \"pipe\", a named pipe", "left out: \"socket\", a socket"));
}

TEST(WorkspaceFromDirectory, NamesDevicesItLeavesOut) {
  const ScratchDirectory scratch;
  if (::mknod((scratch / "null").c_str(), S_IFCHR | 0600, 0x0103) != 0) {
    GTEST_SKIP() << "making a device node needs CAP_MKNOD";
  }
  const auto workspace = workspace_from_directory(scratch.path());
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(workspace->notes, ElementsAre("left out: \"null\", a device"));
}

TEST(WorkspaceFromDirectory, KeepsEmptyDirectories) {
  const ScratchDirectory scratch;
  scratch.write("a.go", "");
  std::filesystem::create_directories(scratch / "testdata/empty");
  const auto workspace = workspace_from_directory(scratch.path());
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(workspace->directories, ElementsAre("testdata/empty"));
}

TEST(ReadHostTree, LeavesOutWhatTheCallerExcludes) {
  const ScratchDirectory scratch;
  scratch.write("a.go", "");
  scratch.write("a.log", "");
  scratch.write("node_modules/x/y.js", "");
  scratch.write("web/dist/out.js", "");
  scratch.write("web/src/in.js", "");
  const auto workspace = read_host_tree(
      scratch.path(),
      {.limits = {}, .exclude = {"*.log", "node_modules", "web/dist"}, .progress = {}});
  ASSERT_TRUE(workspace) << workspace.error().message;
  EXPECT_THAT(paths_of(*workspace), ElementsAre("a.go", "web/src/in.js"));
}

TEST(PackAndShare, ReadsTheSameContentsOutOfTheArchive) {
  Workspace workspace =
      *workspace_from_map({{"a.go", "package a"}, {"b", std::string(300'000, 'x')}, {"c", ""}});
  const Workspace before = workspace;
  const auto archive = pack_and_share(workspace);
  ASSERT_TRUE(archive) << archive.error().message;
  for (std::size_t i = 0; i < before.files.size(); ++i) {
    EXPECT_EQ(workspace.files[i].bytes, before.files[i].bytes);
    EXPECT_FALSE(workspace.files[i].bytes.is_same(before.files[i].bytes) &&
                 !before.files[i].bytes.empty());
  }
  Workspace changed = workspace;
  EXPECT_FALSE(*pack_changes(workspace, changed)) << "nothing has changed";
  ASSERT_TRUE(put_file(changed, {"probe.go", "package a"}));
  EXPECT_TRUE(*pack_changes(workspace, changed));
}

TEST(WorkspaceFromDirectory, BoundsFilesBytesDepthAndDirectories) {
  const ScratchDirectory scratch;
  scratch.write("a", "1");
  scratch.write("b/c", "23");
  scratch.write("b/d/e", "");
  const std::string path = scratch.path();
  EXPECT_EQ(refusal_of(workspace_from_directory(path, {.max_files = 3, .max_bytes = 3})),
            "accepted");
  EXPECT_THAT(refusal_of(workspace_from_directory(path, {.max_files = 2})), HasSubstr("\"b/d/e\""));
  EXPECT_THAT(refusal_of(workspace_from_directory(path, {.max_bytes = 2})), HasSubstr("\"b/c\""));
  EXPECT_THAT(refusal_of(workspace_from_directory(path, {.max_depth = 2})), HasSubstr("too deep"));
  std::filesystem::remove_all(scratch / "b");
  for (const char* empty : {"x", "y", "z"}) std::filesystem::create_directory(scratch / empty);
  EXPECT_EQ(refusal_of(workspace_from_directory(path, {.max_files = 2})),
            "too many directories (limit of 2 exceeded at \"z\")");
}

TEST(WorkspaceFromDirectory, EndsOnAVeryDeepTree) {
  const ScratchDirectory scratch;
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "d/";
  std::filesystem::create_directories(scratch / deep);
  EXPECT_THAT(refusal_of(workspace_from_directory(scratch.path())), HasSubstr("too deep"));
}

TEST(WorkspaceFromDirectory, RefusesNamesThatAreNotText) {
  const ScratchDirectory scratch;
  scratch.write("bad\xFF.go", "");
  EXPECT_THAT(refusal_of(workspace_from_directory(scratch.path())), HasSubstr("\\xff"));
}

TEST(WorkspaceFromDirectory, SaysWhatIsWrongWithTheDirectory) {
  const ScratchDirectory scratch;
  scratch.write("file", "");
  EXPECT_THAT(refusal_of(workspace_from_directory(scratch / "file")), HasSubstr("not a directory"));
  EXPECT_THAT(refusal_of(workspace_from_directory(scratch / "no")), HasSubstr("No such file"));
}

TEST(ReadInputFile, TakesRegularFilesUpToTheLimit) {
  const ScratchDirectory scratch;
  scratch.write("a.txtar", "12345");
  EXPECT_EQ(*read_input_file(scratch / "a.txtar", 5), "12345");
  const auto larger = read_input_file(scratch / "a.txtar", 4);
  ASSERT_FALSE(larger);
  EXPECT_THAT(larger.error().message, HasSubstr("a.txtar\" holds more than 4 bytes"));
}

TEST(ReadInputFile, BoundsFilesThatHideTheirSize) {
  const auto endless = read_input_file("/proc/self/maps", 10);  // stat says 0 bytes
  ASSERT_FALSE(endless);
  EXPECT_THAT(endless.error().message, HasSubstr("holds more than 10 bytes"));
}

TEST(Workspace, RequiresAGoFileWhereAsked) {
  EXPECT_TRUE(require_go(*workspace_from_map({{"a/b.go", ""}, {"c", ""}})));
  const auto none = require_go(*workspace_from_map({{"go.mod", ""}, {"x.gox", ""}}));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "there is no .go file among the 2 files given");
}

TEST(Workspace, PutReplacesOrInsertsInOrder) {
  Workspace workspace = *workspace_from_map({{"a", "1"}, {"c", "3"}});
  EXPECT_TRUE(put_file(workspace, {"b", "2"}));
  EXPECT_TRUE(put_file(workspace, {"a", "one"}));
  EXPECT_THAT(paths_of(workspace), ElementsAre("a", "b", "c"));
  EXPECT_EQ(bytes_of(workspace, "a"), "one");
}

TEST(Workspace, PutRefusesClashes) {
  Workspace workspace = *workspace_from_map({{"go.mod/x", ""}, {"a", ""}});
  EXPECT_FALSE(put_file(workspace, {"go.mod", ""}));
  EXPECT_FALSE(put_file(workspace, {"a/b/c", ""}));
  EXPECT_THAT(paths_of(workspace), ElementsAre("a", "go.mod/x"));
}

TEST(Workspace, RenameMovesTheBytesOrChangesNothing) {
  Workspace workspace = *workspace_from_map({{"prog.go", "P"}, {"a", "A"}});
  EXPECT_TRUE(rename_file(workspace, "prog.go", "prog_test.go"));
  EXPECT_EQ(bytes_of(workspace, "prog_test.go"), "P");
  EXPECT_FALSE(rename_file(workspace, "prog.go", "x"));
  EXPECT_FALSE(rename_file(workspace, "a", "prog_test.go"));
  EXPECT_FALSE(rename_file(workspace, "a", "a/b"));
  EXPECT_THAT(paths_of(workspace), ElementsAre("a", "prog_test.go"));
}

}  // namespace
}  // namespace gobox::runner
