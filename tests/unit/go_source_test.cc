// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/go_source.h"

#include <chrono>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(GoSource, ReadsPackageAndImports) {
  const auto head = scan_go_file(R"(// A program.
package main

import "fmt"
import m "math"
import (
	. "strings"; _ "embed"
	"os" // the system
	/* raw */ `net/http`
)
)");
  EXPECT_EQ(head.package, "main");
  EXPECT_THAT(head.imports, ElementsAre("fmt", "math", "strings", "embed", "os", "net/http"));
  EXPECT_TRUE(head.well_formed);
  EXPECT_FALSE(head.uses_cgo);
  EXPECT_FALSE(head.has_main_func);
}

TEST(GoSource, SeesCgoHoweverItIsSpelled) {
  for (const char* import : {"\"C\"", "`C`", "\"\\x43\"", "\"\\103\"", "\"\\u0043\"", "c \"C\"",
                             "(\n\"fmt\"\n\"\\U00000043\")"}) {
    EXPECT_TRUE(scan_go_file(std::string("package main;import ") + import).uses_cgo) << import;
  }
  EXPECT_FALSE(scan_go_file("package main\nvar s = `\nimport \"C\"\n`").uses_cgo);
  EXPECT_FALSE(scan_go_file("package main\n// import \"C\"\n").uses_cgo);
}

TEST(GoSource, RefusesBrokenImportPaths) {
  for (const char* import : {"\"\\q\"", "\"\\x4\"", "\"open", "fmt", "\"\\400\"", "(\"a\" +)"}) {
    const auto head = scan_go_file(std::string("package main\nimport ") + import + "\n");
    EXPECT_FALSE(head.well_formed) << import;
  }
}

TEST(GoSource, FindsMainOnlyAtTheTopLevel) {
  EXPECT_TRUE(scan_go_file("package main\nfunc main() {}").has_main_func);
  EXPECT_TRUE(scan_go_file("package main;func\n/* x */ main (\n) {}").has_main_func);
  EXPECT_TRUE(scan_go_file("package main\nfunc main[T any]() {}").has_main_func);
  EXPECT_FALSE(scan_go_file("package main\ntype t int\nfunc (t) main() {}").has_main_func);
  EXPECT_FALSE(scan_go_file("package main\nfunc f() { _ = `func main() {}` }").has_main_func);
  EXPECT_FALSE(scan_go_file("package main\nvar s = \"\\\"func main() {\"").has_main_func);
  EXPECT_FALSE(scan_go_file("package main\n/* func main() {} */").has_main_func);
  EXPECT_FALSE(scan_go_file("package main\nfunc mainly() {}").has_main_func);
  EXPECT_FALSE(scan_go_file("package main\nvar main = func() {}").has_main_func);
}

TEST(GoSource, IsNotConfusedByBracesInLiterals) {
  const auto head = scan_go_file(R"(package main
var a, b, c, d = '{', '\'', "}{\"", `"{`
func f() { _ = '}'; _ = "}" /* } */ // }
}
func main() {}
)");
  EXPECT_TRUE(head.has_main_func);
  EXPECT_TRUE(head.well_formed);
}

TEST(GoSource, RecognisesTestsByTheirSignature) {
  for (const char* test :
       {"TestX(t *testing.T)", "Test(t *testing.T)", "Test_x(*testing.T)", "TestX(t *T,)",
        "FuzzX(f *testing.F)", "TestMain(m *testing.M)", "TestX(t *testing.T) ()",
        "Test\xC3\x84(t *testing.T)", "TestX(\n\tt *testing.T,\n)"}) {
    const auto head = scan_go_file(std::string("package main\nfunc ") + test + " {}\n");
    EXPECT_TRUE(head.has_tests) << test;
    EXPECT_TRUE(head.well_formed) << test;
  }
  for (const char* other :
       {"TestX()", "Testimony(t *testing.T)", "TestX(t testing.T)", "TestX(t *testing.T) int",
        "TestX(a, b *testing.T)", "TestX(t *testing.B)", "TestX(t *testing.T, n int)",
        "(x y) TestX(t *testing.T)", "TestX(t **testing.T)", "testX(t *testing.T)",
        "TestX(t *a.b.T)", "TestX(t *testing.T) (int)"}) {
    EXPECT_FALSE(scan_go_file(std::string("package main\nfunc ") + other + " {}\n").has_tests)
        << other;
  }
}

TEST(GoSource, RecognisesExamples) {
  EXPECT_TRUE(scan_go_file("package main\nfunc ExampleX() {\n// Output: 1\n}").has_examples);
  EXPECT_TRUE(scan_go_file("package main\nfunc Example() {}").has_examples);
  EXPECT_FALSE(scan_go_file("package main\nfunc ExampleX(n int) {}").has_examples);
  EXPECT_FALSE(scan_go_file("package main\nfunc ExampleX() int { return 1 }").has_examples);
  EXPECT_FALSE(scan_go_file("package main\nfunc ExampleX()\nfunc f() {}").has_examples);
  EXPECT_FALSE(scan_go_file("package main\nfunc Examples() {}").has_examples);
}

TEST(GoSource, NotesDirectivesInCodeOnly) {
  const auto head = scan_go_file(
      "//go:debug panicnil=1\npackage main\n//go:embed a.txt\nvar a string\n"
      "//go:linkname now time.now\nfunc now()\n");
  EXPECT_TRUE(head.has_embed);
  EXPECT_TRUE(head.has_linkname);
  EXPECT_TRUE(head.has_go_debug);
  const auto plain = scan_go_file(
      "package main\n// go:embed x\n//go:embedded x\nvar a = `\n//go:embed x\n`\n"
      "var b = \"//go:linkname a b\"\n");
  EXPECT_FALSE(plain.has_embed);
  EXPECT_FALSE(plain.has_linkname);
}

TEST(GoSource, KeepsBuildLinesWhereTheyCount) {
  EXPECT_THAT(scan_go_file("// x\n\n//go:build linux && !cgo\n\npackage a").build_lines,
              ElementsAre("//go:build linux && !cgo"));
  EXPECT_THAT(scan_go_file("/* licence */\n//go:build ignore\npackage a").build_lines,
              ElementsAre("//go:build ignore"));
  EXPECT_THAT(scan_go_file("// +build linux\n//+build amd64\n\npackage a").build_lines,
              ElementsAre("// +build linux", "//+build amd64"));
  EXPECT_THAT(scan_go_file("// +build linux\npackage a").build_lines, IsEmpty());
  EXPECT_THAT(scan_go_file("package a\n//go:build ignore\n").build_lines, IsEmpty());
  EXPECT_THAT(scan_go_file("/*\n//go:build ignore\n*/\npackage a").build_lines, IsEmpty());
  EXPECT_THAT(scan_go_file("//go:buildx y\n// go:build y\npackage a").build_lines, IsEmpty());
}

TEST(GoSource, ReadsExperimentsAtTheVeryTop) {
  EXPECT_THAT(
      scan_go_file("\n// GOEXPERIMENT=rangefunc\n//GOEXPERIMENT = b\n\npackage main\n").experiments,
      ElementsAre("rangefunc", "b"));
  EXPECT_THAT(scan_go_file("package main\n// GOEXPERIMENT=rangefunc\n").experiments, IsEmpty());
}

TEST(GoSource, SkipsAByteOrderMark) {
  EXPECT_EQ(scan_go_file("\xEF\xBB\xBFpackage main\n").package, "main");
}

TEST(GoSource, CallsBrokenFilesBroken) {
  for (const char* source :
       {"", "package", "packag main", "package main\nfunc f() {", "package main\n}",
        "package main\nvar s = `open", "package main\n/* open", "package main\nvar s = \"open\n",
        "package main\nvar r = '\n"}) {
    EXPECT_FALSE(scan_go_file(source).well_formed) << source;
  }
}

TEST(GoSource, SurvivesEveryPrefixAndByte) {
  const std::string source =
      "//go:build a\n\npackage main\nimport (\n\"fmt\"\n`os`\n)\n/* c */\n"
      "func TestX(t *testing.T) { _ = '\\''; _ = \"\\\"\" }\nfunc main() {}\n";
  for (std::size_t length = 0; length <= source.size(); ++length) {
    const auto head = scan_go_file(std::string_view(source).substr(0, length));
    EXPECT_TRUE(head.has_main_func == false || length > source.size() - 5) << length;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const std::string broken = source + std::string(3, static_cast<char>(byte));
    EXPECT_TRUE(scan_go_file(broken).has_main_func) << byte;
  }
}

TEST(GoSource, TakesLinearTimeOnHostileFiles) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* pattern :
       {"func ", "func(", "import ", "import(", "/*", "'", "\"", "`", "{", "}", "//go:build x\n",
        "func T(", "import \"a\";", "[", "\\", "//\n"}) {
    std::string source = "package main\n";
    while (source.size() < (std::size_t{1} << 20)) source += pattern;
    scan_go_file(source);
    EXPECT_LE(scan_go_file(source).imports.size(), 10000U);
    EXPECT_LE(scan_go_file("//\n\n" + source.substr(13)).build_lines.size(), 100U);
  }
  // A generous bound that quadratic work over a mebibyte (10^12 steps) cannot meet.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace gobox::runner
