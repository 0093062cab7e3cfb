// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/entry.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMain = "package main\nfunc main() {}\n";
constexpr const char* kTest = "package main\nfunc TestX(t *testing.T) {}\n";

using Files = std::vector<std::pair<std::string, std::string>>;

EntryPlan plan(const Files& files) {
  const auto result = plan_entry(*workspace_from_map(files), {});
  EXPECT_TRUE(result) << result.error().message;
  return result ? *result : EntryPlan{};
}

std::string refusal(const Files& files) {
  const auto result = plan_entry(*workspace_from_map(files), {});
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, Error::Kind::kCaller);
  return result.error().message;
}

TEST(Entry, PrefersTheRoot) {
  const EntryPlan entry = plan({{"main.go", kMain}, {"cmd/x/main.go", kMain}});
  EXPECT_EQ(entry.package_directory, "");
  EXPECT_EQ(entry.module_directory, "");
  EXPECT_THAT(entry.build_arguments, ElementsAre("."));
  EXPECT_EQ(entry.test_source, "");
}

TEST(Entry, FindsTheOnlyProgramBelow) {
  const EntryPlan entry =
      plan({{"go.mod", "module m"}, {"lib.go", "package lib"}, {"cmd/x/main.go", kMain}});
  EXPECT_EQ(entry.package_directory, "cmd/x");
  EXPECT_EQ(entry.module_directory, "");
  EXPECT_THAT(entry.build_arguments, ElementsAre("./cmd/x"));
}

TEST(Entry, RunsTheGoCommandWhereTheModuleIs) {
  const EntryPlan entry = plan({{"sub/go.mod", "module m"}, {"sub/cmd/main.go", kMain}});
  EXPECT_EQ(entry.module_directory, "sub");
  EXPECT_THAT(entry.build_arguments, ElementsAre("./cmd"));
  EXPECT_THAT(plan({{"sub/go.mod", ""}, {"sub/main.go", kMain}}).build_arguments, ElementsAre("."));
}

TEST(Entry, LooksNotIntoIgnoredDirectories) {
  EXPECT_EQ(plan({{"testdata/a/main.go", kMain},
                  {"vendor/x/main.go", kMain},
                  {"_old/main.go", kMain},
                  {".cache/main.go", kMain},
                  {"tool/main.go", kMain}})
                .package_directory,
            "tool");
}

TEST(Entry, HonoursBuildConstraints) {
  EXPECT_EQ(plan({{"lib.go", "package lib"},
                  {"gen.go", std::string("//go:build ignore\n\n") + kMain},
                  {"w/main_windows.go", kMain},
                  {"cmd/main.go", kMain}})
                .package_directory,
            "cmd");
  EXPECT_THAT(refusal({{"gen.go", std::string("//go:build ignore\n\n") + kMain}}),
              HasSubstr("build constraints exclude every file of package main, \"gen.go\""));
}

TEST(Entry, BuildsNamedFilesByName) {
  const auto single = workspace_from_source(std::string("//go:build ignore\n\n") + kMain);
  const auto entry = plan_entry(*single, {});
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_THAT(entry->build_arguments, ElementsAre("./main.go"));

  Workspace named =
      *workspace_from_map({{"a.go", kMain}, {"b.go", "package main"}, {"b_test.go", kTest}});
  named.files_named = true;
  EXPECT_THAT(plan_entry(named, {})->build_arguments, ElementsAre("./a.go", "./b.go"));
}

TEST(Entry, SaysWhyThereIsNoProgram) {
  EXPECT_EQ(refusal({{"go.mod", ""}}), "there is no .go file among the 1 files given");
  // Not a wrong request: a program that does not compile.
  EXPECT_EQ(plan({{"a.go", "package lib"}}).refusal,
            "package name must be main: the root directory holds package \"lib\"");
  EXPECT_EQ(plan({{"x/a.go", "garbage"}}).refusal,
            "package name must be main: \"x\" holds no package clause");
  EXPECT_EQ(refusal({{"a_test.go", kTest}}), "there are only tests here; run them as tests");
  EXPECT_EQ(refusal({{"_a.go", "package lib"}}),
            "there is no Go file here that the go command would build");
  EXPECT_EQ(refusal({{"cmd/b/b.go", kMain}, {"cmd/a/a.go", kMain}}),
            "several directories hold a program; name one:\n  ./cmd/a\n  ./cmd/b");
}

TEST(Entry, TakesThePackageThatIsNamed) {
  const auto workspace = *workspace_from_map({{"go.mod", "module example.com/m\n"},
                                              {"main.go", kMain},
                                              {"cmd/a/a.go", kMain},
                                              {"cmd/b/b.go", kMain}});
  EXPECT_EQ(plan_entry(workspace, {}, {"cmd/b", ""})->build_arguments.front(), "./cmd/b");
  EXPECT_EQ(plan_entry(workspace, {}, {"cmd", "sandbox-run m "}).error().message,
            "several directories hold a program; name one:\n  sandbox-run m ./cmd/a\n"
            "  sandbox-run m ./cmd/b");
}

TEST(Entry, LeavesOutModulesWithinAModule) {
  Files files = {{"go.mod", "module m\n"},
                 {"cmd/a/a.go", kMain},
                 {"tools/go.mod", "module tools\n"},
                 {"tools/gen/gen.go", kMain}};
  EXPECT_EQ(plan(files).package_directory, "cmd/a");
  files.push_back({"go.work", "go 1.19\n\nuse (\n\t.\n\t./tools // generators\n)\n"});
  EXPECT_THAT(refusal(files), HasSubstr("./tools/gen")) << "go.work makes it one of ours";
}

TEST(FindPackage, TakesPathsAndImportPaths) {
  const auto workspace = *workspace_from_map({{"go.mod", "module example.com/m\n"},
                                              {"cmd/a/a.go", kMain},
                                              {"tools/go.mod", "module example.com/m/tools\n"},
                                              {"tools/gen/gen.go", kMain}});
  EXPECT_EQ(*find_package(workspace, "."), "");
  EXPECT_EQ(*find_package(workspace, "./cmd/a/"), "cmd/a");
  EXPECT_EQ(*find_package(workspace, "cmd/a"), "cmd/a");
  EXPECT_EQ(*find_package(workspace, "example.com/m/cmd/a"), "cmd/a");
  EXPECT_EQ(*find_package(workspace, "example.com/m/tools/gen"), "tools/gen");
  for (const char* outside : {"../x", "./../x", "/etc", "./cmd/b", "cmd/a/../../..", "./..."}) {
    EXPECT_FALSE(find_package(workspace, outside)) << outside;
  }
}

TEST(Entry, TurnsAPlaygroundTestIntoATest) {
  const EntryPlan entry = plan({{"prog.go", kTest}, {"other.go", "package main"}});
  EXPECT_EQ(entry.test_source, "prog.go");
  EXPECT_EQ(entry.test_target, "prog_test.go");
  EXPECT_EQ(plan({{"prog.go", std::string(kTest) + "func main() {}"}}).test_source, "");
  EXPECT_EQ(plan({{"prog.go", "package main\nfunc Example() {}"}}).test_source, "prog.go");
  EXPECT_EQ(plan({{"prog.go", "package main\n"}}).test_source, "");
  EXPECT_EQ(plan({{"only.go", kTest}}).test_source, "only.go");
  EXPECT_EQ(plan({{"a.go", kTest}, {"b.go", "package main"}}).test_source, "");
  EXPECT_EQ(plan({{"prog.go", kTest}, {"prog_test.go", "package main"}}).test_source, "");

  const auto named = plan_entry(*workspace_from_source(kTest, "prog.go"), {});
  EXPECT_THAT(named->build_arguments, ElementsAre("./prog_test.go"));
}

TEST(Entry, ListsDirectoriesWithTests) {
  const auto workspace = workspace_from_map({{"a_test.go", kTest},
                                             {"x/x_test.go", "package x"},
                                             {"x/y/y.go", "package y"},
                                             {"z/z_windows_test.go", "package z"},
                                             {"testdata/t_test.go", "package t"}});
  EXPECT_THAT(test_directories(*workspace, {}), ElementsAre("", "x"));
  EXPECT_THAT(test_directories(*workspace_from_map({{"a.go", kMain}}), {}), IsEmpty());
}

std::string fixed(const std::string& go_mod, GoModChange expected) {
  Workspace workspace = *workspace_from_map({{"go.mod", go_mod}});
  EXPECT_EQ(*go_mod_fixup(workspace, "1.26"), expected) << go_mod;
  return find_file(workspace, "go.mod")->bytes.text();
}

TEST(GoModFixup, AddsAMissingModule) {
  Workspace workspace = *workspace_from_map({{"main.go", kMain}});
  EXPECT_EQ(*go_mod_fixup(workspace, "1.26"), GoModChange::kAdded);
  EXPECT_EQ(find_file(workspace, "go.mod")->bytes.view(), "module play\n\ngo 1.26\n");
  EXPECT_EQ(*go_mod_fixup(workspace, "1.26"), GoModChange::kNone);
  EXPECT_EQ(*go_mod_fixup(workspace, "1.19", "sub"), GoModChange::kAdded);
  EXPECT_EQ(find_file(workspace, "sub/go.mod")->bytes.view(), "module play\n\ngo 1.19\n");
}

TEST(GoModFixup, AddsAMissingGoLineLast) {
  EXPECT_EQ(fixed("module m", GoModChange::kGoLineAdded), "module m\n\ngo 1.26\n");
  EXPECT_EQ(fixed("module m // go 1.20\n", GoModChange::kGoLineAdded),
            "module m // go 1.20\n\ngo 1.26\n");
  EXPECT_EQ(fixed("module m\nrequire (\n\tgo v1.0.0\n)\n", GoModChange::kGoLineAdded),
            "module m\nrequire (\n\tgo v1.0.0\n)\n\ngo 1.26\n");
  EXPECT_EQ(fixed("module m\ntoolchain go1.99.0\n", GoModChange::kGoLineAdded),
            "module m\ntoolchain go1.99.0\n\ngo 1.26\n");
  EXPECT_EQ(fixed("module gopher\n", GoModChange::kGoLineAdded), "module gopher\n\ngo 1.26\n");
}

TEST(GoModFixup, KeepsAnyGoLineThatStands) {
  for (const char* go_mod :
       {"module m\ngo 1.99\n", "go 1.16\nmodule m", "module m\r\n\tgo\t1.20 // x",
        "module m\nrequire (\n)\ngo 1.21.0\n"}) {
    EXPECT_EQ(fixed(go_mod, GoModChange::kNone), go_mod);
  }
}

TEST(GoModFixup, RefusesADirectoryInItsPlace) {
  Workspace workspace = *workspace_from_map({{"go.mod/main.go", kMain}});
  const auto change = go_mod_fixup(workspace, "1.26");
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().kind, Error::Kind::kCaller);
}

}  // namespace
}  // namespace gobox::runner
