// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/toolchain.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runner/golang/build_constraint.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tests::ScratchDirectory;

// A GOROOT of empty files, as much of one as discovery looks at.
void install(const ScratchDirectory& scratch, const std::string& root, std::string_view version) {
  const std::string platform = "linux_" + std::string(kHostArchitecture);
  scratch.write(root + "/VERSION", version);
  scratch.write(root + "/bin/go", "", 0755);
  for (const char* tool : {"compile", "link", "asm", "vet", "cgo"}) {
    scratch.write(root + "/pkg/tool/" + platform + "/" + tool, "", 0755);
  }
}

DiscoveryOptions only_in(const ScratchDirectory& scratch) {
  return {.path_env = "",
          .extra_list_file = "",
          .fixed_roots = {scratch / "local"},
          .debian_root = scratch / "lib"};
}

std::vector<std::string> names_of(const Result<std::vector<Toolchain>>& toolchains) {
  EXPECT_TRUE(toolchains) << toolchains.error().message;
  std::vector<std::string> names;
  for (const Toolchain& toolchain : *toolchains) names.push_back(toolchain.name);
  return names;
}

TEST(Toolchain, ReadsEveryFormOfVersion) {
  const ScratchDirectory scratch;
  const std::pair<const char*, const char*> forms[] = {
      {"go1.26.8\ntime 2026-08-28T16:20:06Z\n", "go1.26.8"},
      {"go1.19.8", "go1.19.8"},
      {"go1.20", "go1.20"},
      {"go1.27rc1\n", "go1.27rc1"},
      {"go1.22.1 X:rangefunc\n", "go1.22.1"},
      {"devel go1.27-0a1b2c3 Thu\n", "go1.27-0a1b2c3"}};
  for (const auto& [text, name] : forms) {
    install(scratch, "go", text);
    const auto toolchain = inspect_toolchain(scratch / "go");
    ASSERT_TRUE(toolchain) << toolchain.error().message;
    EXPECT_EQ(toolchain->name, name);
  }
}

TEST(Toolchain, TellsItsLanguageVersion) {
  const ScratchDirectory scratch;
  install(scratch, "go", "go1.26.8\n");
  EXPECT_EQ(inspect_toolchain(scratch / "go")->language_version(), "1.26");
  EXPECT_EQ(inspect_toolchain(scratch / "go")->minor, 26);
}

TEST(Toolchain, RefusesWhatIsNone) {
  const ScratchDirectory scratch;
  install(scratch, "go", "python3.11\n");
  EXPECT_THAT(inspect_toolchain(scratch / "go").error().message, HasSubstr("VERSION"));
  scratch.write("go/VERSION", "go1.\n");
  EXPECT_FALSE(inspect_toolchain(scratch / "go"));
  scratch.write("go/VERSION", "go1.99999999999999999999\n");
  EXPECT_FALSE(inspect_toolchain(scratch / "go"));
  std::filesystem::remove(scratch / "go/VERSION");
  EXPECT_FALSE(inspect_toolchain(scratch / "go"));
  scratch.write("go/VERSION", "go1.26.8");
  scratch.write("go/bin/go", "", 0644);
  EXPECT_THAT(inspect_toolchain(scratch / "go").error().message, HasSubstr("bin/go"));
  EXPECT_FALSE(inspect_toolchain("relative/go"));
  EXPECT_FALSE(inspect_toolchain(scratch / "nowhere"));
}

TEST(Toolchain, SaysWhatItShips) {
  const ScratchDirectory scratch;
  install(scratch, "go", "go1.19");
  const auto bare = inspect_toolchain(scratch / "go");
  EXPECT_FALSE(bare->ships_std_archives);
  EXPECT_FALSE(bare->has_race_runtime);
  EXPECT_THAT(bare->missing_tools, IsEmpty());

  const std::string platform = "linux_" + std::string(kHostArchitecture);
  scratch.write("go/pkg/" + platform + "/fmt.a", "");
  scratch.write("go/src/runtime/race/race_" + platform + ".syso", "");
  std::filesystem::remove(scratch / ("go/pkg/tool/" + platform + "/cgo"));
  const auto full = inspect_toolchain(scratch / "go");
  EXPECT_TRUE(full->ships_std_archives);
  EXPECT_TRUE(full->has_race_runtime);
  EXPECT_THAT(full->missing_tools, ElementsAre("cgo"));
}

TEST(Toolchain, FollowsLinksThatLeaveTheGoroot) {
  const ScratchDirectory scratch;
  install(scratch, "lib/go-1.19", "go1.19.8");
  scratch.write("share/go-1.19/src/fmt/print.go", "");
  scratch.write("share/go-1.19/pkg/include/textflag.h", "");
  scratch.write("share/go-1.19/go.env", "");
  scratch.link("../../share/go-1.19/src", "lib/go-1.19/src");
  scratch.link("../../share/go-1.19/src/fmt", "lib/go-1.19/nested");
  scratch.link("../../share/go-1.19/go.env", "lib/go-1.19/go.env");
  scratch.link("../../../share/go-1.19/pkg/include", "lib/go-1.19/pkg/include");
  scratch.link("bin", "lib/go-1.19/inside");
  scratch.link("nowhere", "lib/go-1.19/dangling");
  const auto toolchain = inspect_toolchain(scratch / "lib/go-1.19");
  ASSERT_TRUE(toolchain) << toolchain.error().message;
  EXPECT_THAT(toolchain->extra_paths,
              ElementsAre(scratch / "share/go-1.19/go.env", scratch / "share/go-1.19/pkg/include",
                          scratch / "share/go-1.19/src"));
}

TEST(Discovery, PutsPathFirstAndTheNewestFirst) {
  const ScratchDirectory scratch;
  install(scratch, "local", "go1.26.8");
  install(scratch, "lib/go-1.9", "go1.9.7");
  install(scratch, "lib/go-1.22", "go1.22rc2");
  install(scratch, "lib/go-1.22b", "go1.22");
  install(scratch, "lib/go-1.19", "go1.19.8");
  install(scratch, "sdk/old", "go1.18.10");
  scratch.link("../lib/go-1.19/bin/go", "bin/go");
  DiscoveryOptions options = only_in(scratch);
  options.path_env = (scratch / "none") + ":" + (scratch / "sdk/old/bin") + ":" + (scratch / "bin");
  const auto found = discover_toolchains(options);
  EXPECT_THAT(names_of(found),
              ElementsAre("go1.19.8", "go1.18.10", "go1.26.8", "go1.22", "go1.22rc2", "go1.9.7"));
  EXPECT_TRUE(found->front().on_path);
  EXPECT_FALSE(found->back().on_path);
}

TEST(Discovery, ListsEachGorootOnce) {
  const ScratchDirectory scratch;
  install(scratch, "lib/go-1.19", "go1.19.8");
  scratch.link("go-1.19", "lib/go-default");
  scratch.link("lib/go-1.19", "local");
  DiscoveryOptions options = only_in(scratch);
  options.path_env = (scratch / "local/bin") + ":" + (scratch / "lib/go-1.19/bin");
  const auto found = discover_toolchains(options);
  EXPECT_THAT(names_of(found), ElementsAre("go1.19.8"));
  EXPECT_EQ(found->front().goroot, scratch / "lib/go-1.19");
}

TEST(Discovery, PassesOverWrappersAndRelativeEntries) {
  const ScratchDirectory scratch;
  scratch.write("shims/go", "#!/bin/sh\nexit 1\n", 0755);
  std::filesystem::create_directories(scratch / "weird/go");
  install(scratch, "sdk", "go1.26.8");
  scratch.write("sdk/misc/go", "", 0755);  // not the go command of the GOROOT around it
  const std::string relative = std::filesystem::relative(scratch / "sdk/bin").string();
  DiscoveryOptions options = only_in(scratch);
  options.path_env = "::.:" + relative + ":" + (scratch / "sdk/misc") + ":" + (scratch / "shims") +
                     ":" + (scratch / "weird") + ":";
  EXPECT_THAT(names_of(discover_toolchains(options)), IsEmpty());
}

TEST(Discovery, ReadsTheOperatorsList) {
  const ScratchDirectory scratch;
  install(scratch, "opt/go1.24", "go1.24.1");
  scratch.write("list", "# ours\n\n  " + (scratch / "opt/go1.24") + "  \n");
  DiscoveryOptions options = only_in(scratch);
  options.extra_list_file = scratch / "list";
  EXPECT_THAT(names_of(discover_toolchains(options)), ElementsAre("go1.24.1"));

  scratch.write("list", scratch / "opt/missing");
  const auto broken = discover_toolchains(options);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("opt/missing\" is not a Go toolchain"));
  options.extra_list_file = scratch / "no-list";
  EXPECT_FALSE(discover_toolchains(options));
}

std::vector<Toolchain> three() {
  std::vector<Toolchain> list(3);
  list[0].name = "go1.19.8";
  list[0].goroot = "/usr/lib/go-1.19";
  list[0].minor = 19;
  list[1].name = "go1.26.3";
  list[1].goroot = "/opt/go";
  list[1].minor = 26;
  list[2].name = "go1.26.10";
  list[2].goroot = "/usr/local/go";
  list[2].minor = 26;
  return list;
}

TEST(FindToolchain, AcceptsEverySpelling) {
  const auto list = three();
  EXPECT_EQ(find_toolchain(list, "")->name, "go1.19.8");
  EXPECT_EQ(find_toolchain(list, "go1.26.3")->name, "go1.26.3");
  EXPECT_EQ(find_toolchain(list, "1.26.3")->name, "go1.26.3");
  EXPECT_EQ(find_toolchain(list, "1.26")->name, "go1.26.10");
  EXPECT_EQ(find_toolchain(list, "go1.19")->name, "go1.19.8");
  EXPECT_EQ(find_toolchain(list, "/opt/go")->name, "go1.26.3");
  EXPECT_EQ(find_toolchain(list, "/opt/../usr/local/go//")->name, "go1.26.10");
}

TEST(FindToolchain, ListsWhatThereIs) {
  for (const char* name : {"1.2", "1.26.1", "go1.27", "/opt", "default", "../go", "/", "go"}) {
    const auto missing = find_toolchain(three(), name);
    ASSERT_FALSE(missing) << name;
    EXPECT_EQ(missing.error().kind, Error::Kind::kCaller);
    EXPECT_THAT(missing.error().message, HasSubstr(std::string("\"") + name + "\""));
    EXPECT_THAT(missing.error().message, HasSubstr("go1.26.3 (/opt/go), go1.26.10"));
  }
}

TEST(FindToolchain, NamesThePackageToInstall) {
  const auto none = find_toolchain({}, "");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, Error::Kind::kHost);
  EXPECT_THAT(none.error().message, HasSubstr("golang-go"));
}

TEST(RealToolchain, InUsrLocalIsUnderstood) {
  if (!std::filesystem::exists("/usr/local/go/bin/go")) GTEST_SKIP() << "no Go at /usr/local/go";
  const auto toolchain = inspect_toolchain("/usr/local/go");
  ASSERT_TRUE(toolchain) << toolchain.error().message;
  EXPECT_THAT(toolchain->missing_tools, IsEmpty());
  EXPECT_EQ(toolchain->ships_std_archives, toolchain->minor < 20);
  EXPECT_TRUE(toolchain->has_race_runtime);
}

TEST(RealToolchain, OfDebianIsUnderstood) {
  if (!std::filesystem::exists("/usr/lib/go-1.19/bin/go")) GTEST_SKIP() << "no golang-1.19 package";
  const auto toolchain = inspect_toolchain("/usr/lib/go-1.19");
  ASSERT_TRUE(toolchain) << toolchain.error().message;
  EXPECT_THAT(toolchain->name, ::testing::StartsWith("go1.19"));
  EXPECT_THAT(toolchain->missing_tools, IsEmpty());
  EXPECT_TRUE(toolchain->ships_std_archives);
  EXPECT_THAT(toolchain->extra_paths, ::testing::Contains("/usr/share/go-1.19/src"));
  EXPECT_THAT(toolchain->extra_paths, ::testing::Contains("/usr/share/go-1.19/pkg/include"));
  EXPECT_TRUE(toolchain->has_race_runtime);
}

TEST(RealToolchain, IsDiscoveredOnThisMachine) {
  const char* path = std::getenv("PATH");
  DiscoveryOptions options;
  if (path != nullptr) options.path_env = path;
  const auto found = discover_toolchains(options);
  ASSERT_TRUE(found) << found.error().message;
  if (found->empty()) GTEST_SKIP() << "no Go on this machine";
  for (const Toolchain& toolchain : *found) {
    EXPECT_EQ(find_toolchain(*found, toolchain.goroot.string())->name, toolchain.name);
  }
}

}  // namespace
}  // namespace gobox::runner
