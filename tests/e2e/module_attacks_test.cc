// SPDX-License-Identifier: Apache-2.0

// Proxies and modules that mean ill: what they say ends in the right outcome, nothing of theirs is
// kept, and nobody else's program changes.

#include <boost/json.hpp>
#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/http_module_proxy.h"
#include "tests/support/module_proxy.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Manners = HttpModuleProxy::Manners;

constexpr const char* kProgram =
    "package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/words\"\n)\n\n"
    "func main() { fmt.Println(words.Say()) }\n";

class ModuleAttacks : public ::testing::Test {
 protected:
  ModuleAttacks() : files_(scratch_ / "proxy"), http_(scratch_ / "proxy") {
    fs::create_directories(scratch_ / "mod");
    files_.add("example.com/words", "v1.0.0", words("hello"));
  }

  static ModuleProxy::Files words(const std::string& text) {
    return {{"words.go", "package words\n\nfunc Say() string { return \"" + text + "\" }\n"}};
  }

  json::object run(Words words) const {
    CommandOptions options;
    options.environment = {"GOPROXY=" + http_.url(), "GOSUMDB=off",
                           "GOFLAGS=", "GOMODCACHE=" + (scratch_ / "mod"),
                           "GOBOX_MODULE_DIR=" + (scratch_ / "store")};
    words.insert(words.end(), {"--toolchain", test_toolchains().front()});
    return sandbox_run_json(words, options);
  }

  json::object run_program(const std::string& source, Words flags = {}) const {
    scratch_.write("main.go", source);
    flags.insert(flags.end(), {scratch_ / "main.go", "--compile-timeout", "60s"});
    return run(flags);
  }

  void expect_nothing_half() const {
    EXPECT_FALSE(fs::exists(scratch_ / "store/mod/example.com/words@v1.0.0"));
    EXPECT_TRUE(fs::is_empty(scratch_ / "store/tmp"));
  }

  void expect_honest() const {
    const json::object result = run_program(kProgram + std::string("\n// next\n"));
    EXPECT_EQ(text_of(result, "stdout"), "hello\n") << text_of(result, "message");
  }

  ScratchDirectory scratch_;
  ModuleProxy files_;
  mutable HttpModuleProxy http_;
};

TEST_F(ModuleAttacks, AProxyThatBreaksOffIsNamedAndMayBeTriedAgain) {
  http_.behave(Manners::kBreaksOff);
  const json::object result = run_program(kProgram);
  EXPECT_EQ(text_of(result, "outcome"), "fetch_error") << text_of(result, "message");
  EXPECT_EQ(result.at("retryable"), json::value(true));
  EXPECT_THAT(text_of(result, "message"), HasSubstr(http_.url()));
  expect_nothing_half();
  http_.behave(Manners::kHonest);
  expect_honest();
}

TEST_F(ModuleAttacks, AProxyThatDripsEndsAtTheStagesLimit) {
  http_.behave(Manners::kDrips);
  scratch_.write("short.json", R"({"kind": "job", "comment": "Fetches for a moment.",
    "total": "90s", "stages": {"comment": "As default.", "compile": "compile", "vet": "vet",
    "run": "run", "test": "test", "fetch": {"comment": "A moment.", "extends": "fetch",
    "limits": {"comment": "A moment.", "wall": "3s"}}}})");
  const json::object result = run_program(kProgram, {"--policy", scratch_ / "short.json"});
  EXPECT_EQ(text_of(result, "outcome"), "timeout") << text_of(result, "message");
  EXPECT_EQ(text_of(result, "stage"), "fetch");
  expect_nothing_half();
  http_.behave(Manners::kHonest);
  expect_honest();
}

TEST_F(ModuleAttacks, AProxyThatRefusesOrSendsElsewhereIsNamed) {
  http_.behave(Manners::kRefuses);
  const json::object refused = run_program(kProgram);
  EXPECT_EQ(text_of(refused, "outcome"), "fetch_error") << text_of(refused, "message");
  EXPECT_EQ(refused.at("retryable"), json::value(true));
  http_.behave(Manners::kElsewhere);
  const json::object elsewhere = run_program(kProgram);
  EXPECT_EQ(text_of(elsewhere, "outcome"), "fetch_error") << text_of(elsewhere, "message");
  expect_nothing_half();
}

TEST_F(ModuleAttacks, AnAnswerThatChangesIsNotAskedForAgainAndContradictsGoSum) {
  const json::object first = run_program(kProgram);
  ASSERT_EQ(text_of(first, "stdout"), "hello\n") << text_of(first, "message");
  const std::string sum(first.at("modules").at(0).at("sum").as_string());
  const unsigned asked = http_.zips_asked();
  files_.add("example.com/words", "v1.0.0", words("changed"));
  expect_honest();
  EXPECT_EQ(http_.zips_asked(), asked) << "it is kept";

  scratch_.write("s/main.go", kProgram);
  scratch_.write("s/go.mod", "module s\n\ngo 1.19\n\nrequire example.com/words v1.0.0\n");
  scratch_.write("s/go.sum", "example.com/words v1.0.0 " + sum + "\n");
  fs::remove_all(scratch_ / "store");
  const json::object later = run({scratch_ / "s"});
  EXPECT_EQ(text_of(later, "outcome"), "fetch_error") << text_of(later, "message");
  EXPECT_THAT(text_of(later, "message"),
              AllOf(HasSubstr("checksum"), HasSubstr("example.com/words@v1.0.0")));
  expect_nothing_half();
}

TEST_F(ModuleAttacks, AZipOfZerosIsRefusedAtItsBound) {
  constexpr std::uint64_t kBeyond = std::uint64_t{501} << 20;  // a module may be 500 MiB
  files_.add_raw("example.com/zeros", "v1.0.0", "module example.com/zeros\n\ngo 1.19\n",
                 zip_of_zeros("example.com/zeros@v1.0.0/z.go", kBeyond));
  const json::object result =
      run_program("package main\n\nimport _ \"example.com/zeros\"\n\nfunc main() {}\n");
  EXPECT_EQ(text_of(result, "outcome"), "fetch_error") << text_of(result, "message");
  EXPECT_THAT(text_of(result, "message"), HasSubstr("example.com/zeros"));
  EXPECT_FALSE(fs::exists(scratch_ / "store/mod/example.com/zeros@v1.0.0"));
  EXPECT_TRUE(fs::is_empty(scratch_ / "store/tmp"));
}

// It takes another module's function for its own, by the linker's name: whoever imports both has
// what he imported, and nobody else.
TEST_F(ModuleAttacks, AModuleReachesOnlyWhoImportsIt) {
  files_.add("example.com/evil", "v1.0.0",
             {{"evil.go",
               "package evil\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t_ \"unsafe\"\n)\n\n"
               "//go:linkname say example.com/words.Say\n"
               "func say() string { return \"poison\" }\n\n"
               "func init() {\n\tfor _, d := range []string{\"/gomodcache\", \"/gocache\"} {\n"
               "\t\tif os.WriteFile(d+\"/planted\", nil, 0o666) == nil {\n"
               "\t\t\tfmt.Println(\"planted\")\n\t\t}\n\t}\n}\n"},
              {"evil.s", ""}});
  const json::object both = run_program(
      "package main\n\nimport (\n\t\"fmt\"\n\n\t_ \"example.com/evil\"\n\t\"example.com/words\"\n)"
      "\n\nfunc main() { fmt.Println(words.Say()) }\n");
  EXPECT_EQ(text_of(both, "stdout").find("planted"), std::string::npos);
  expect_honest();
}

// Tests that find the go command may build, and plant what they like where builds are kept.
TEST_F(ModuleAttacks, WhatAJobPlantsInItsCachesIsItsOwn) {
  scratch_.write("j/go.mod", "module j\n\ngo 1.19\n\nrequire example.com/words v1.0.0\n");
  scratch_.write("j/j.go", "package j\n\nimport \"example.com/words\"\n\nvar Said = words.Say()\n");
  scratch_.write("j/j_test.go", R"(package j

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPlant(t *testing.T) {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "./...").CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	spoilt := 0
	for _, dir := range strings.Fields(string(out)) {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				os.Chmod(path, 0o666)
				os.Remove(path)
				if os.WriteFile(path, []byte("poison"), 0o666) == nil {
					spoilt++
				}
			}
			return nil
		})
	}
	t.Log("spoilt", spoilt > 0)
}
)");
  for (int times = 0; times < 2; ++times) {
    const json::object job = run({"test", "--policy", "ci", "--cache", "off", scratch_ / "j"});
    EXPECT_EQ(text_of(job, "outcome"), "ok") << text_of(job, "message") << text_of(job, "stdout");
  }
  expect_honest();
}

}  // namespace
}  // namespace gobox::tests
