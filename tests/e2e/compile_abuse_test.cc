// SPDX-License-Identifier: Apache-2.0

// Submissions that go for the compiler or for the host through it: bounded, refused or harmless,
// and told as the compile stage's.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A constant that doubles with every line: gigabytes in thirty.
std::string doubling_constants() {
  std::string source = "package main\n\nconst c0 = \"0123456789abcdef\"\n";
  for (int i = 1; i < 32; ++i) {
    const std::string before = "c" + std::to_string(i - 1);
    source += "const c" + std::to_string(i) + " = " + before + " + " + before + "\n";
  }
  return source + "\nfunc main() { println(len(c31)) }\n";
}

// Every function is instantiated for twice as many types as the one before.
std::string doubling_generics() {
  std::string source =
      "package main\n\ntype P[A, B any] struct {\n\ta A\n\tb B\n}\n\n"
      "func f0[T any](x T) int { return 1 }\n";
  for (int i = 1; i < 24; ++i) {
    const std::string before = "f" + std::to_string(i - 1);
    source += "\nfunc f" + std::to_string(i) + "[T any](x T) int { return " + before +
              "(P[T, int]{a: x}) + " + before + "(P[int, T]{b: x}) }\n";
  }
  return source + "\nfunc main() { println(f23(1)) }\n";
}

class CompileAbuse : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  json::object compile(const std::string& source, const Words& flags = {}) {
    scratch_.write("main.go", source);
    return run_at("main.go", flags);
  }

  json::object compile_archive(const std::string& archive, Words flags = {}) {
    scratch_.write("main.txtar", archive);
    flags.insert(flags.end(), {"--compile-timeout", "60s"});
    return run_at("main.txtar", flags);
  }

  static void expect_refusal(const json::object& result) {
    EXPECT_EQ(text_of(result, "outcome"), "compile_error") << text_of(result, "message");
    EXPECT_EQ(text_of(result, "stage"), "compile");
    EXPECT_EQ(result.at("stages").as_array().size(), 1U) << "nothing was run";
  }

  // Which of the limits comes first depends on the machine and the compiler.
  static void expect_bounded(const json::object& result) {
    EXPECT_THAT(text_of(result, "outcome"), AnyOf("timeout", "oom", "compile_error"));
    EXPECT_EQ(text_of(result, "stage"), "compile");
    EXPECT_LT(stage_of(result, "compile").at("wall_ms").to_number<double>(), 30'000);
  }

 private:
  json::object run_at(const std::string& file, const Words& flags) {
    Words words = {"--toolchain", GetParam()};
    words.insert(words.end(), flags.begin(), flags.end());
    words.push_back(scratch_ / file);
    return sandbox_run_json(words);
  }

  ScratchDirectory scratch_;
};

TEST_P(CompileAbuse, ConstantsWithoutEnd) {
  expect_bounded(compile(doubling_constants(), {"--compile-timeout", "2s"}));
}

TEST_P(CompileAbuse, GenericsWithoutEnd) {
  expect_bounded(compile(doubling_generics(), {"--compile-timeout", "2s"}));
}

TEST_P(CompileAbuse, ALongCompileIsATimeoutOfItsStage) {
  const auto result = compile(doubling_generics(), {"--compile-timeout", "500ms"});
  EXPECT_EQ(text_of(result, "outcome"), "timeout");
  EXPECT_EQ(text_of(result, "stage"), "compile");
  EXPECT_EQ(text_of(result.at("exceeded").as_object(), "limit"), "wall");
}

TEST_P(CompileAbuse, AHungryCompileIsOutOfMemoryOfItsStage) {
  const auto result =
      compile(doubling_generics(), {"--compile-timeout", "60s", "--compile-memory", "40M"});
  EXPECT_EQ(text_of(result, "outcome"), "oom") << text_of(result, "message");
  EXPECT_EQ(text_of(result, "stage"), "compile");
}

TEST_P(CompileAbuse, AnArrayLargerThanAnyMachine) {
  expect_refusal(compile("package main\n\nvar a [1 << 40]byte\n\nfunc main() { a[1] = 1 }\n",
                         {"--compile-timeout", "60s"}));
}

TEST_P(CompileAbuse, ATypeWithoutEnd) {
  expect_refusal(
      compile("package main\n\nfunc f[P any](n int) {\n\tif n > 0 {\n\t\tf[[]P](n - 1)\n\t}\n}\n\n"
              "func main() { f[int](3) }\n",
              {"--compile-timeout", "60s"}));
}

TEST_P(CompileAbuse, FilesOfTheHostAreNotEmbedded) {
  for (const char* pattern : {"/etc/passwd", "../../../etc/passwd", "../etc/*"}) {
    const auto result = compile(std::string("package main\n\nimport _ \"embed\"\n\n//go:embed ") +
                                    pattern + "\nvar text string\n\nfunc main() { print(text) }\n",
                                {"--compile-timeout", "60s"});
    SCOPED_TRACE(pattern);
    expect_refusal(result);
    EXPECT_THAT(text_of(result, "stderr"), HasSubstr("invalid pattern syntax"));
  }
}

TEST_P(CompileAbuse, FilesOfTheHostAreNotIncluded) {
  const auto result = compile(
      "package main\n\n// #include \"/etc/passwd\"\nimport \"C\"\n\nfunc main() { println(\"ran\") "
      "}\n",
      {"--compile-timeout", "60s"});
  expect_refusal(result);
  EXPECT_THAT(text_of(result, "stderr"), Not(HasSubstr("root:")));
}

constexpr const char* kRanProgram =
    "-- main.go --\npackage main\n\nfunc main() { println(\"ran\") }\n";

TEST_P(CompileAbuse, AnotherToolchainIsNotFetched) {
  const auto named = compile_archive(
      std::string("-- go.mod --\nmodule m\n\ngo 1.19\n\ntoolchain go1.99.9\n") + kRanProgram);
  EXPECT_THAT(text_of(named, "outcome"), AnyOf("ok", "compile_error"));
  EXPECT_THAT(text_of(named, "stderr"), Not(HasSubstr("download")));
  const auto demanded =
      compile_archive(std::string("-- go.mod --\nmodule m\n\ngo 1.99.9\n") + kRanProgram);
  expect_refusal(demanded);
  EXPECT_THAT(text_of(demanded, "stderr"), HasSubstr("1.99"));
}

TEST_P(CompileAbuse, SettingsInTheSubmissionAreNotOurs) {
  const auto result =
      compile_archive(std::string("-- go.mod --\nmodule m\n\ngo 1.19\n") +
                      "-- go.env --\nGOFLAGS=-toolexec=/bin/false\n" +
                      "-- .config/go/env --\nGOFLAGS=-toolexec=/bin/false\n" + kRanProgram);
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "stderr");
}

TEST_P(CompileAbuse, SettingsOfTheCallerAreNotTheJobs) {
  const ScratchDirectory scratch;
  scratch.write("main.go", "package main\n\nfunc main() { println(\"ran\") }\n");
  CommandOptions options;
  options.environment = {"GOFLAGS=-toolexec=/bin/false", "GOENV=/no/such", "GOEXPERIMENT=nonsense",
                         "GOROOT=/no/such/root", "GOOS=plan9"};
  const CommandResult ran = sandbox_run({"--toolchain", GetParam(), "--compile-timeout", "60s",
                                         "--no-direct-compile", scratch / "main.go"},
                                        options);
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST_P(CompileAbuse, ModulesAreNotFetchedWhereThatIsOff) {
  const auto result = compile_archive(
      "-- go.mod --\nmodule m\n\ngo 1.19\n\nrequire example.com/other v1.0.0\n-- main.go --\n"
      "package main\n\nimport _ \"example.com/other\"\n\nfunc main() {}\n",
      {"--modules", "off"});
  expect_refusal(result);
  EXPECT_THAT(text_of(result, "stderr"), HasSubstr("example.com/other"));
}

INSTANTIATE_TEST_SUITE_P(Toolchains, CompileAbuse, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

}  // namespace
}  // namespace gobox::tests
