// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/compiler_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/diagnosis_golden.h"

namespace gobox::runner {
namespace {

using Kind = CompilerMessageKind;

CompilerReport parse(std::string_view text) {
  return parse_compiler_output(text, "/work/");
}

const CompilerMessage* at(const CompilerReport& report, const std::string& file, int line,
                          int column) {
  for (const CompilerMessage& message : report.messages) {
    if (message.file == file && message.line == line && message.column == column) return &message;
  }
  return nullptr;
}

using CompilerMessageGolden = EachGoVersion;
INSTANTIATE_TEST_SUITE_P(Go, CompilerMessageGolden, testing::Values("go1.19", "go1.26"),
                         version_name);

TEST_P(CompilerMessageGolden, ErrorsHaveTheirPackageFileLineAndColumn) {
  const auto report = parse(text("build_errs"));
  const CompilerMessage* undefined = at(report, "main.go", 8, 7);
  ASSERT_TRUE(undefined);
  EXPECT_EQ(undefined->kind, Kind::kSource);
  EXPECT_EQ(undefined->package, "play");
  EXPECT_EQ(undefined->text, "undefined: undefined1");
  const CompilerMessage* sub = at(report, "sub/a.go", 3, 23);
  ASSERT_TRUE(sub);
  EXPECT_EQ(sub->package, "play/sub");
  const CompilerMessage* returned = at(report, "main.go", 11, 9);
  ASSERT_TRUE(returned);
  EXPECT_EQ(returned->text, "too many return values\nhave (number)\nwant ()");
}

TEST_P(CompilerMessageGolden, TheCompilersOwnOutputReadsTheSame) {
  const auto report = parse(text("compile_direct"));
  ASSERT_TRUE(at(report, "main.go", 8, 7));
  EXPECT_EQ(at(report, "main.go", 8, 7)->text, "undefined: undefined1");
}

TEST_P(CompilerMessageGolden, TooManyErrorsIsSaid) {
  const auto report = parse(text("build_many"));
  EXPECT_TRUE(report.has(Kind::kTooManyErrors));
  EXPECT_EQ(report.messages.size(), 11U);
  EXPECT_FALSE(parse(text("build_syntax")).has(Kind::kTooManyErrors));
}

TEST_P(CompilerMessageGolden, AKilledToolIsNamed) {
  const auto report = parse(text("build_killed"));
  ASSERT_EQ(report.messages.size(), 1U);
  EXPECT_EQ(report.messages[0].kind, Kind::kKilled);
  EXPECT_EQ(report.messages[0].package, "play");
  EXPECT_EQ(report.messages[0].tool, "compile");
  EXPECT_EQ(report.messages[0].signal, "killed");
}

TEST_P(CompilerMessageGolden, MissingPackagesCyclesAndModulesAreTold) {
  const auto missing = parse(text("build_std"));
  ASSERT_EQ(missing.messages.size(), 2U);
  EXPECT_EQ(missing.messages[0].kind, Kind::kMissingPackage);
  EXPECT_EQ(missing.messages[1].kind, Kind::kMissingPackage);
  EXPECT_EQ(missing.messages[1].line, 5);
  EXPECT_TRUE(parse(text("build_cycle")).has(Kind::kImportCycle));
  const auto module = parse(text("build_badmod"));
  ASSERT_EQ(module.messages.size(), 2U);
  EXPECT_EQ(module.messages[1].kind, Kind::kModule);
  EXPECT_EQ(module.messages[1].file, "go.mod");
  EXPECT_EQ(module.messages[1].line, 3);
}

TEST_P(CompilerMessageGolden, LinkerAndVetAreRead) {
  const auto linker = parse(text("build_nomain"));
  ASSERT_EQ(linker.messages.size(), 1U);
  EXPECT_EQ(linker.messages[0].kind, Kind::kOther);
  EXPECT_EQ(linker.messages[0].package, "play");
  const auto vet = parse(text("build_vet"));
  ASSERT_EQ(vet.messages.size(), 1U);
  EXPECT_EQ(vet.messages[0].kind, Kind::kSource);
  EXPECT_EQ(vet.messages[0].line, 5);
}

TEST_P(CompilerMessageGolden, WhatGoBuildPrintsStaysAsItIs) {
  for (const char* program : {"build_errs", "build_many", "build_killed", "build_cycle"}) {
    EXPECT_EQ(user_view(text(program), "/work/"), text(program));
  }
}

TEST(CompilerMessage, ToolchainDemandIsAModuleMatter) {
  EXPECT_TRUE(parse(golden("build_gomod", "go1.26")).has(Kind::kModule));
  EXPECT_TRUE(parse("go: downloading example.com/a v1.0.0\n").messages.empty());
  EXPECT_TRUE(parse("go: example.com/a@v1.0.0: module lookup disabled by GOPROXY=off\n")
                  .has(Kind::kModule));
}

TEST(CompilerMessage, KilledToolsInEveryForm) {
  struct Case {
    std::string line;
    std::string package;
    std::string tool;
  };

  for (const Case& c : std::vector<Case>{
           {"/usr/lib/go/pkg/tool/linux_amd64/link: signal: killed", "", "link"},
           {"net/http: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed", "net/http",
            "compile"},
           {"go test play: /usr/local/go/pkg/tool/linux_amd64/vet: signal: killed", "play", "vet"},
           {"runtime/cgo: gcc: signal: killed", "runtime/cgo", "gcc"}}) {
    const auto report = parse(c.line + "\n");
    ASSERT_EQ(report.messages.size(), 1U);
    EXPECT_EQ(report.messages[0].kind, Kind::kKilled) << c.line;
    EXPECT_EQ(report.messages[0].package, c.package);
    EXPECT_EQ(report.messages[0].tool, c.tool);
    EXPECT_EQ(report.messages[0].signal, "killed");
  }
}

TEST(CompilerMessage, PlacesInEveryForm) {
  EXPECT_TRUE(at(parse("vet: ./prog.go:3:5: undefined: x\n"), "prog.go", 3, 5));
  EXPECT_TRUE(at(parse("/work/a/b.go:3: no column\n"), "a/b.go", 3, 0));
  EXPECT_TRUE(at(parse("<autogenerated>:1: strange\n"), "<autogenerated>", 1, 0));
  EXPECT_TRUE(at(parse("./asm_amd64.s:12: bad operand\n"), "asm_amd64.s", 12, 0));
  EXPECT_FALSE(at(parse("note 3:5: no file\n"), "note 3", 5, 0));
  EXPECT_FALSE(at(parse("main.go:99999999999999:5: x\n"), "main.go", 0, 5));
}

TEST(UserView, StripsOnlyTheWorkFolder) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"/work/main.go:3:5: x", "./main.go:3:5: x"},
      {"/work/sub/a.go:1:2: x", "sub/a.go:1:2: x"},
      {"# play\n/work/main.go:1:1: x\n", "# play\n./main.go:1:1: x\n"},
      {"other declaration at /work/main.go:3 and /work/b/c.go:4",
       "other declaration at ./main.go:3 and b/c.go:4"},
      {"/home/work/main.go:1", "/home/work/main.go:1"},
      {"/worker/main.go:1", "/worker/main.go:1"},
      {"a/work/main.go", "a/work/main.go"},
      {"/work", "/work"},
      {"\"/work/x y.go\"", "\"./x y.go\""},
      {"", ""}};
  for (const auto& [from, to] : cases) {
    EXPECT_EQ(user_view(from, "/work/"), to);
    EXPECT_EQ(user_view(from, "/work"), to);
    EXPECT_EQ(user_view(from, ""), from);
  }
}

TEST(CompilerMessage, FloodsAreCapped) {
  std::string text;
  while (text.size() < (10U << 20)) text += "./main.go:1:1: undefined: x\n\tmore\n";
  const auto report = parse(text);
  EXPECT_EQ(report.messages.size(), kMaxCompilerMessages);
  EXPECT_TRUE(report.truncated);
  std::string lines = "./main.go:1:1: x\n";
  while (lines.size() < (5U << 20)) lines += "\tcontinued\n";
  EXPECT_LE(parse(lines).messages[0].text.size(), kLongestCompilerMessage);
}

TEST(CompilerMessage, HostileBytesAreSurvived) {
  EXPECT_LE(parse(std::string(1U << 20, ':')).messages.size(), 1U);
  EXPECT_LE(parse(std::string(1U << 20, '\0')).messages.size(), 1U);
  EXPECT_TRUE(parse(std::string(1U << 20, '\n')).messages.empty());
  EXPECT_TRUE(parse("\tindented first\n  x\n").messages.empty());
  const auto report = parse("./\x1b.go:1:1: \x1b[31m\xff\n");
  ASSERT_EQ(report.messages.size(), 1U);
  EXPECT_EQ(report.messages[0].file, "?.go");
  EXPECT_EQ(report.messages[0].text, "?[31m?");
  std::string prefixes;
  while (prefixes.size() < (5U << 20)) prefixes += "/work/";
  EXPECT_EQ(user_view(prefixes, "/work/").size(), prefixes.size() - 6);
}

}  // namespace
}  // namespace gobox::runner
