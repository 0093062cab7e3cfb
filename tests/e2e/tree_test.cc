// SPDX-License-Identifier: Apache-2.0

// Whole trees: which root is sent, which package is meant, and what of a tree arrives.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;

std::string program(const std::string& says, const std::string& import = "") {
  return "package main\n\nimport (\n\t\"fmt\"\n" + (import.empty() ? "" : "\t" + import + "\n") +
         ")\n\nfunc main() { fmt.Print(" + says + ") }\n";
}

// A module with two programs that share a package of their own, and a module within it.
void write_tree_module(const ScratchDirectory& scratch) {
  scratch.write("m/go.mod", "module example.test/m\n\ngo 1.19\n");
  scratch.write("m/name/name.go", "package name\n\nconst Of = \"shared\"\n");
  scratch.write("m/cmd/api/main.go", program("\"api \" + name.Of", "\"example.test/m/name\""));
  scratch.write("m/cmd/worker/main.go",
                program("\"worker \" + name.Of", "\"example.test/m/name\""));
  scratch.write("m/tools/go.mod", "module example.test/m/tools\n\ngo 1.19\n");
  scratch.write("m/tools/main.go", program("\"tools\""));
}

CommandOptions in(const std::string& directory) {
  return {.input = {}, .environment = {}, .directory = directory, .user = {}};
}

TEST(Tree, APackageIsBuiltInItsModuleHoweverItIsNamed) {
  const ScratchDirectory scratch;
  write_tree_module(scratch);
  EXPECT_EQ(sandbox_run({scratch / "m/cmd/api"}).out, "api shared");
  EXPECT_EQ(sandbox_run({scratch / "m", "./cmd/worker"}).out, "worker shared");
  EXPECT_EQ(sandbox_run({scratch / "m", "example.test/m/cmd/api"}).out, "api shared");
  EXPECT_EQ(sandbox_run({"./cmd/api"}, in(scratch / "m")).out, "api shared");
  EXPECT_EQ(sandbox_run({"."}, in(scratch / "m/cmd/worker")).out, "worker shared");
  EXPECT_EQ(sandbox_run({"--root", scratch / "m", scratch / "m/cmd/api"}).out, "api shared");
  EXPECT_EQ(sandbox_run({scratch / "m/tools"}).out, "tools");
}

TEST(Tree, SeveralProgramsAreListedWithTheCommandForEach) {
  const ScratchDirectory scratch;
  write_tree_module(scratch);
  const CommandResult ran = sandbox_run({scratch / "m"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("\n  sandbox-run " + scratch / "m" + " ./cmd/api\n"));
  EXPECT_THAT(ran.err, HasSubstr("\n  sandbox-run " + scratch / "m" + " ./cmd/worker\n"));
  EXPECT_THAT(ran.err, testing::Not(HasSubstr("tools"))) << "a module of its own";
}

TEST(Tree, AWorkspaceAboveTheModuleIsSent) {
  const ScratchDirectory scratch;
  scratch.write("w/go.work", "go 1.19\n\nuse (\n\t./app\n\t./lib\n)\n");
  scratch.write("w/app/go.mod", "module example.test/app\n\ngo 1.19\n");
  scratch.write("w/app/main.go", program("lib.Of", "\"example.test/lib\""));
  scratch.write("w/lib/go.mod", "module example.test/lib\n\ngo 1.19\n");
  scratch.write("w/lib/lib.go", "package lib\n\nconst Of = \"next door\"\n");
  EXPECT_EQ(sandbox_run({scratch / "w/app"}).out, "next door");
  EXPECT_EQ(sandbox_run({"."}, in(scratch / "w/app")).out, "next door");
}

TEST(Tree, LinksEmptyDirectoriesAndExecutableBitsArrive) {
  const ScratchDirectory scratch;
  scratch.write("t/go.mod", "module t\n\ngo 1.19\n");
  scratch.write("t/testdata/tool.sh", "#!/bin/sh\necho \"tool $1\"\n", 0755);
  scratch.link("tool.sh", "t/testdata/alias.sh");
  scratch.link("/etc/passwd", "t/testdata/leaves");
  scratch.write("t/.git/config", "[core]\n");
  std::filesystem::create_directories(scratch / "t/testdata/empty");
  scratch.write("t/main.go",
                "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"os/exec\"\n)\n\n"
                "func main() {\n"
                "\tout, err := exec.Command(\"testdata/alias.sh\", \"hi\").Output()\n"
                "\tto, _ := os.Readlink(\"testdata/alias.sh\")\n"
                "\t_, empty := os.Stat(\"testdata/empty\")\n"
                "\t_, leaves := os.Lstat(\"testdata/leaves\")\n"
                "\tfmt.Print(string(out), err, to, empty, leaves != nil)\n}\n");
  const CommandResult ran = sandbox_run({scratch / "t"});
  EXPECT_EQ(ran.out, "tool hi\n<nil>tool.sh<nil> true");
  EXPECT_THAT(ran.err, HasSubstr("\"testdata/leaves\", a symbolic link to \"/etc/passwd\""));
  EXPECT_THAT(ran.err, HasSubstr("left out: \".git\""));
}

TEST(Tree, ThePolicySaysHowManyFilesThereMayBe) {
  const ScratchDirectory scratch;
  scratch.write("t/go.mod", "module t\n\ngo 1.19\n");
  scratch.write("t/main.go", program("\"ran\""));
  for (int i = 0; i < 1100; ++i) scratch.write("t/data/f" + std::to_string(i), "x");
  EXPECT_THAT(sandbox_run({scratch / "t"}).err, HasSubstr("too many files"));
  EXPECT_EQ(sandbox_run({"--policy", "ci", scratch / "t"}).out, "ran");
  EXPECT_EQ(sandbox_run({"--exclude", "data", scratch / "t"}).out, "ran");
}

TEST(Tree, APipedStandardInputReachesTheProgram) {
  const ScratchDirectory scratch;
  scratch.write("cat.go",
                "package main\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\n"
                "func main() { io.Copy(os.Stdout, os.Stdin) }\n");
  const CommandOptions fed{.input = "fed\n", .environment = {}, .directory = {}, .user = {}};
  EXPECT_EQ(sandbox_run({scratch / "cat.go"}, fed).out, "fed\n");
  EXPECT_EQ(sandbox_run({"exec", "--", "cat"}, fed).out, "fed\n");
  EXPECT_EQ(sandbox_run({"--stdin", "/dev/null", scratch / "cat.go"}, fed).out, "");
}

}  // namespace
}  // namespace gobox::tests
