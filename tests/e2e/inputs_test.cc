// SPDX-License-Identifier: Apache-2.0

// What can be given to sandbox-run, and what is refused with one sentence.

#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr const char* kInputProgram = "package main\n\nfunc main() { println(\"ran\") }\n";

void expect_sentence(const CommandResult& ran, const std::string& about) {
  EXPECT_THAT(ran.status, AnyOf(2, 125));
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr(about));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

TEST(Inputs, WhatIsNotThereIsNamed) {
  const ScratchDirectory scratch;
  expect_sentence(sandbox_run({scratch / "none.go"}), "none.go");
  expect_sentence(sandbox_run({scratch / "none.txtar"}), "none.txtar");
  expect_sentence(sandbox_run({scratch / "none"}), "none");
  expect_sentence(sandbox_run({"test", scratch / "none_test.go"}), "none_test.go");
}

TEST(Inputs, AWordThatIsNoCommandIsSaidToBeNone) {
  const ScratchDirectory scratch;
  const CommandOptions empty{.input = {}, .environment = {}, .directory = scratch / "", .user = {}};
  const std::string hello = source_path("examples/hello.go");
  expect_sentence(sandbox_run({"run", hello}, empty), "\"run\" is neither a file nor a command");
  expect_sentence(sandbox_run({"exce", "--", "true"}, empty),
                  "\"exce\" is neither a file nor a command");
}

TEST(Inputs, ADirectoryWithoutAProgramIsNamed) {
  const ScratchDirectory scratch;
  scratch.write("library/library.go", "package library\n");
  scratch.write("empty/readme.txt", "no Go here\n");
  // Go files of another package are a program that does not compile.
  const CommandResult library = sandbox_run({scratch / "library"});
  EXPECT_EQ(library.status, 120);
  EXPECT_EQ(outcome_in_summary(library), "compile_error");
  EXPECT_THAT(library.err, HasSubstr("package name must be main"));
  expect_sentence(sandbox_run({scratch / "empty"}), ".go");
  expect_sentence(sandbox_run({"test", scratch / "library"}), "_test.go");
}

TEST(Inputs, AnUnreadablePolicyIsNamed) {
  const ScratchDirectory scratch;
  const std::string hello = source_path("examples/hello.go");
  scratch.write("broken.json", "{ \"kind\": \"job\",\n  \"total\": }\n");
  expect_sentence(sandbox_run({"--policy", scratch / "none.json", hello}), "none.json");
  expect_sentence(sandbox_run({"--policy", scratch / "broken.json", hello}), "broken.json:2:");
  ASSERT_EQ(::mkfifo((scratch / "pipe.json").c_str(), 0644), 0);
  expect_sentence(sandbox_run({"--policy", scratch / "pipe.json", hello}), "pipe.json");
}

TEST(Inputs, LinksAndPipesAreNotFollowed) {
  const ScratchDirectory scratch;
  scratch.write("secret", "host's own\n");
  scratch.write("tree/main.go", kInputProgram);
  scratch.link(scratch / "secret", "tree/stolen.txt");
  const CommandResult tree = sandbox_run({"--keep", scratch / "kept", scratch / "tree"});
  EXPECT_EQ(tree.status, 0) << tree.err;
  EXPECT_THAT(tree.err, HasSubstr("left out: \"stolen.txt\""));
  EXPECT_FALSE(
      std::filesystem::exists(std::filesystem::symlink_status(scratch / "kept/stolen.txt")));
  ASSERT_EQ(::mkfifo((scratch / "pipe.go").c_str(), 0644), 0);
  expect_sentence(sandbox_run({scratch / "pipe.go"}), "pipe.go");
}

TEST(Inputs, PathsInAnArchiveStayInTheWorkspace) {
  const ScratchDirectory scratch;
  for (const char* path : {"../up.go", "/etc/up.go", "a/../../up.go"}) {
    scratch.write("bad.txtar", std::string("-- ") + path + " --\n" + kInputProgram);
    const CommandResult ran = sandbox_run({scratch / "bad.txtar"});
    EXPECT_EQ(ran.status, 2) << path << ": " << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

TEST(Inputs, StandardInputCanBeTheSource) {
  const CommandResult go =
      sandbox_run({"-"}, {.input = kInputProgram, .environment = {}, .directory = {}, .user = {}});
  EXPECT_EQ(go.status, 0) << go.err;
  EXPECT_THAT(go.err, HasSubstr("ran\n"));
  const std::string archive =
      std::string("-- go.mod --\nmodule m\n\ngo 1.19\n-- main.go --\n") + kInputProgram;
  const CommandResult txtar =
      sandbox_run({"-"}, {.input = archive, .environment = {}, .directory = {}, .user = {}});
  EXPECT_EQ(txtar.status, 0) << txtar.err;
}

TEST(Inputs, SeveralFilesMakeOneProgram) {
  const ScratchDirectory scratch;
  scratch.write("a.go", "package main\n\nfunc main() { println(word()) }\n");
  scratch.write("b.go", "package main\n\nfunc word() string { return \"both\" }\n");
  const CommandResult ran = sandbox_run({scratch / "a.go", scratch / "b.go"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("both\n"));
}

TEST(Inputs, ExecWantsACommand) {
  EXPECT_EQ(sandbox_run({"exec"}).status, 2);
  EXPECT_EQ(sandbox_run({"exec", "/bin/true"}).status, 2);
  const CommandResult missing = sandbox_run({"exec", "--", "/no/such/command"});
  EXPECT_EQ(missing.status, 127);
  EXPECT_THAT(missing.err, HasSubstr("/no/such/command: command not found"));
  const auto result = sandbox_run_json({"exec", "--", "/no/such/command"});
  EXPECT_EQ(text_of(result, "outcome"), "exited");
  const CommandResult unusable = sandbox_run({"exec", "--", "/etc/passwd"});
  EXPECT_EQ(unusable.status, 126);
  EXPECT_THAT(unusable.err, HasSubstr("/etc/passwd: Permission denied"));
}

// What is too small for the sandbox, or cannot be had with this policy, is the caller's to change.
TEST(Inputs, LimitsTooSmallForUsAreRefusedByName) {
  const std::string hello = source_path("examples/hello.go");
  expect_sentence(sandbox_run({"--pids", "1", hello}), "--pids");
  expect_sentence(sandbox_run({"--disk", "1", hello}), "--disk");
  expect_sentence(sandbox_run({"--policy", "strict", "--race", hello}), "--race");
}

// Whoever starts us may have fewer descriptors than the policy gives a program: then that is what
// it has.
TEST(Inputs, AFewDescriptorsAreEnough) {
  for (const char* most : {"64", "256"}) {
    const std::string command = std::string("ulimit -n ") + most +
                                " && exec " GOBOX_SANDBOX_RUN " exec -- /bin/sh -c 'ulimit -n'";
    const CommandResult ran = run_command({"/bin/sh", "-c", command});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.out, std::string(most) + "\n");
  }
}

TEST(Inputs, TheProgramGetsItsStandardInputArgumentsAndVariables) {
  const ScratchDirectory scratch;
  scratch.write("input", std::string("bytes\0more", 10));
  const CommandResult cat = sandbox_run({"exec", "--stdin", scratch / "input", "--", "/bin/cat"});
  EXPECT_EQ(cat.out, std::string("bytes\0more", 10));
  const CommandResult piped =
      sandbox_run({"exec", "--stdin", "-", "--", "/bin/cat"},
                  {.input = "from a pipe", .environment = {}, .directory = {}, .user = {}});
  EXPECT_EQ(piped.out, "from a pipe");
  // What is piped in is meant for the program.
  const CommandResult unasked =
      sandbox_run({"exec", "--", "/bin/cat"},
                  {.input = "meant for it", .environment = {}, .directory = {}, .user = {}});
  EXPECT_EQ(unasked.out, "meant for it");
  const CommandResult words =
      sandbox_run({"exec", "--env", "A=1", "--env", "B=x=y", "--", "/bin/sh", "-c",
                   "echo $A $B $# \"$1\"", "sh", "-- --json"});
  EXPECT_EQ(words.out, "1 x=y 1 -- --json\n");
}

TEST(Inputs, OurVariablesStayOutside) {
  const CommandResult ran =
      sandbox_run({"exec", "--", "/usr/bin/env"},
                  {.input = {}, .environment = {"SECRET_TOKEN=hush"}, .directory = {}, .user = {}});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, ::testing::Not(HasSubstr("SECRET_TOKEN")));
  EXPECT_THAT(ran.out, HasSubstr("GOMAXPROCS=1\n"));
}

TEST(Inputs, KeepCopiesTheWorkFolderOut) {
  const ScratchDirectory scratch;
  const std::string kept = scratch / "kept";
  const CommandResult ran = sandbox_run(
      {"exec", "--keep", kept, "--", "/bin/sh", "-c",
       "mkdir made && echo inside > made/file && ln -s /etc/shadow made/link && mkfifo made/pipe"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  std::ifstream file(kept + "/made/file");
  std::string line;
  EXPECT_TRUE(std::getline(file, line));
  EXPECT_EQ(line, "inside");
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(kept + "/made/link")));
  EXPECT_FALSE(std::filesystem::exists(kept + "/made/pipe"));
  expect_sentence(sandbox_run({"exec", "--keep", kept, "--", "/bin/true"}), "--keep");
}

}  // namespace
}  // namespace gobox::tests
