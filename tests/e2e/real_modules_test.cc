// SPDX-License-Identifier: Apache-2.0

// Modules as the world has them, from the proxy of GOPROXY where it answers: what a program imports
// on the public playground, and the tests of a whole module as bare.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/requirement.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;

std::string go() {
  return test_toolchains().front() / "bin/go";
}

// Asked of the go command, which knows how to ask.
bool proxy_answers() {
  static const bool kAnswers = [] {
    const ScratchDirectory scratch;
    CommandOptions options;
    options.directory = scratch.path();
    options.environment = {"GOFLAGS=-mod=mod", "GOTOOLCHAIN=local"};
    return run_command({"timeout", "20", go(), "list", "-m", "github.com/google/uuid@v1.6.0"},
                       options)
               .status == 0;
  }();
  return kAnswers;
}

class RealModules : public ::testing::Test {
 protected:
  void SetUp() override {
    GOBOX_REQUIRE(proxy_answers(), "a module proxy that answers (go env GOPROXY)");
  }

  // Nothing of the caller's: all comes from the proxy.
  CommandOptions options() const {
    CommandOptions options;
    options.environment = {"GOMODCACHE=" + (scratch_ / "mod"),
                           "GOFLAGS=", "GOBOX_MODULE_DIR=" + (scratch_ / "store")};
    return options;
  }

  ScratchDirectory scratch_;
};

constexpr const char* kProgram = R"(package main

import (
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"
)

func main() {
	out, _ := yaml.Marshal(map[string]string{"id": uuid.NameSpaceDNS.String()})
	fmt.Print(string(out), language.MustParse("de-CH"), "\n")
}
)";
constexpr const char* kPrinted = "id: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\nde-CH\n";

TEST_F(RealModules, AProgramWithoutGoModHasWhatItImports) {
  scratch_.write("main.go", kProgram);
  const json::object result =
      sandbox_run_json({"--policy", "ci", "--modules", "proxy", "--toolchain",
                        test_toolchains().front(), scratch_ / "main.go"},
                       options());
  EXPECT_EQ(text_of(result, "stdout"), kPrinted)
      << text_of(result, "message") << text_of(result, "stderr");
  EXPECT_EQ(result.at("modules").as_array().size(), 3U);
}

TEST_F(RealModules, AModulesOwnTestsEndAsBare) {
  CommandOptions fetching;
  fetching.environment = {"GOMODCACHE=" + (scratch_ / "bare"), "GOFLAGS=-modcacherw"};
  fetching.directory = scratch_.path();
  ASSERT_EQ(
      run_command({go(), "mod", "download", "github.com/google/uuid@v1.6.0"}, fetching).status, 0);
  const std::string tree = scratch_ / "bare/github.com/google/uuid@v1.6.0";
  fetching.directory = tree;
  const CommandResult bare = run_command({go(), "test", "./..."}, fetching);
  const CommandResult here = sandbox_run(
      {"test", "--policy", "ci", "--toolchain", test_toolchains().front(), tree}, options());
  EXPECT_EQ(here.status, bare.status) << here.out << here.err << bare.out;
}

TEST_F(RealModules, ASumThatTheDatabaseDoesNotHaveIsAFetchError) {
  scratch_.write("m/main.go",
                 "package main\n\nimport _ \"github.com/google/uuid\"\n\nfunc main() {}\n");
  scratch_.write("m/go.mod", "module m\n\ngo 1.19\n\nrequire github.com/google/uuid v1.6.0\n");
  scratch_.write("m/go.sum",
                 "github.com/google/uuid v1.6.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
  const json::object result = sandbox_run_json(
      {"--modules", "proxy", "--toolchain", test_toolchains().front(), scratch_ / "m"}, options());
  EXPECT_EQ(text_of(result, "outcome"), "fetch_error") << text_of(result, "message");
}

}  // namespace
}  // namespace gobox::tests
