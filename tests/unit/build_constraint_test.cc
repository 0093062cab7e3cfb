// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/build_constraint.h"

#include <string>

#include "gtest/gtest.h"

namespace gobox::runner {
namespace {

BuildTarget linux_amd64() {
  BuildTarget target;
  target.goarch = "amd64";
  target.go_minor = 21;
  target.tags = {"race"};
  return target;
}

TEST(BuildConstraint, HoldsForTheTargetsTags) {
  const BuildTarget target = linux_amd64();
  for (const char* expression :
       {"linux", "amd64", "unix", "gc", "race", "go1.1", "go1.21", "!windows", "linux && amd64",
        "windows || linux", "!(windows || darwin)", "windows || linux && amd64",
        "(linux || windows) && (amd64 || arm64)", "!cgo", "\t( linux )", "amd64.v1",
        "!ignore||x&&y"}) {
    EXPECT_EQ(build_line_holds(std::string("//go:build ") + expression, target), true)
        << expression;
  }
  for (const char* expression :
       {"ignore", "windows", "cgo", "go1.22", "go1.021", "go1.", "go2.1", "linux && windows",
        "!linux", "windows && linux || darwin", "!(linux)", "goexperiment.x"}) {
    EXPECT_EQ(build_line_holds(std::string("//go:build ") + expression, target), false)
        << expression;
  }
}

TEST(BuildConstraint, HasNoValueWhereGoRefusesTheLine) {
  for (const char* line :
       {"//go:build", "//go:build ", "//go:build !!linux", "//go:build linux &", "//go:build &&",
        "//go:build (linux", "//go:build linux)", "//go:build ()", "//go:build a b",
        "//go:build a || ", "//go:build a | b", "//go:build !", "//go:build a, b",
        "//go:build a !b", "// go:build linux", "+build linux", ""}) {
    EXPECT_EQ(build_line_holds(line, linux_amd64()), std::nullopt) << line;
  }
}

TEST(BuildConstraint, TakesNoCallDepthOnHostileLines) {
  EXPECT_EQ(build_line_holds("//go:build " + std::string(1000000, '('), linux_amd64()),
            std::nullopt);
  std::string alternatives = "//go:build a";
  for (int i = 0; i < 2000; ++i) alternatives += "||a";
  EXPECT_EQ(build_line_holds(alternatives, linux_amd64()), std::nullopt);
}

TEST(BuildConstraint, ReadsTheOldForm) {
  const BuildTarget target = linux_amd64();
  EXPECT_EQ(build_line_holds("// +build linux", target), true);
  EXPECT_EQ(build_line_holds("//+build windows linux,amd64", target), true);
  EXPECT_EQ(build_line_holds("// +build linux,!amd64 darwin", target), false);
  EXPECT_EQ(build_line_holds("// +build !!linux", target), false);
  EXPECT_EQ(build_line_holds("// +build !", target), false);
  EXPECT_EQ(build_line_holds("// +build", target), false);
}

TEST(BuildConstraint, ReadsFileNames) {
  EXPECT_EQ(parse_go_file_name("a_linux_arm64_test.go").goos, "linux");
  EXPECT_EQ(parse_go_file_name("a_linux_arm64_test.go").goarch, "arm64");
  EXPECT_TRUE(parse_go_file_name("a_linux_arm64_test.go").is_test);
  EXPECT_EQ(parse_go_file_name("linux.go").goos, "");
  EXPECT_EQ(parse_go_file_name("linux_amd64.go").goos, "");
  EXPECT_EQ(parse_go_file_name("linux_amd64.go").goarch, "amd64");
  EXPECT_EQ(parse_go_file_name("a_amd64_linux.go").goos, "linux");
  EXPECT_EQ(parse_go_file_name("a_amd64_linux.go").goarch, "");
  EXPECT_EQ(parse_go_file_name("a_unix.go").goos, "");
  EXPECT_FALSE(parse_go_file_name("_a.go").is_go);
  EXPECT_FALSE(parse_go_file_name(".go").is_go);
  EXPECT_FALSE(parse_go_file_name("").is_go);
}

TEST(BuildConstraint, TellsConstrainedNames) {
  for (const char* name : {"a_linux.go", "a_arm64.go", "a_test.go", "a_js_wasm.go", "_test.go"}) {
    EXPECT_EQ(names_end_in_os_arch(name), std::string(name) != "_test.go") << name;
  }
  for (const char* name : {"main.go", "linux.go", "a_linux_x.go", "test.go", "a_unix.go"}) {
    EXPECT_FALSE(names_end_in_os_arch(name)) << name;
  }
}

bool is_built(std::string_view name, std::string_view source) {
  return is_file_built(name, scan_go_file(source), linux_amd64());
}

TEST(BuildConstraint, CombinesNameAndLines) {
  EXPECT_TRUE(is_built("a.go", "package a"));
  EXPECT_TRUE(is_built("a_linux.go", "//go:build amd64\n\npackage a"));
  EXPECT_FALSE(is_built("a_windows.go", "package a"));
  EXPECT_FALSE(is_built("a_linux_arm64.go", "package a"));
  EXPECT_FALSE(is_built("a.go", "//go:build ignore\n\npackage a"));
  EXPECT_FALSE(is_built("a.go", "// +build linux\n// +build arm\n\npackage a"));
  EXPECT_TRUE(is_built("a.go", "//go:build linux\n// +build ignore\n\npackage a"));
  EXPECT_TRUE(is_built("a.go", "//go:build (\n\npackage a")) << "Go reports the bad line";
  EXPECT_FALSE(is_built("a.s", ""));
}

}  // namespace
}  // namespace gobox::runner
