// SPDX-License-Identifier: Apache-2.0

// Programs that import other people's modules: found, verified, kept and compiled once; and what is
// said when they cannot be had. The proxy is a directory: no network is needed.

#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/module_proxy.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kModuleProgram =
    "package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/Words/hello\"\n)\n\n"
    "func main() {\n\tfmt.Println(hello.Say())\n}\n";

class Modules : public ::testing::TestWithParam<fs::path> {
 protected:
  Modules() : proxy_(scratch_ / "proxy") {
    fs::create_directories(scratch_ / "home/go/pkg/mod");
    proxy_.add(
        "example.com/Words/hello", "v1.2.0",
        {{"hello.go",
          "package hello\n\nimport \"example.com/base\"\n\n"
          "func Say() string { return \"hello \" + base.Name() }\n"},
         {"go.mod",
          "module example.com/Words/hello\n\ngo 1.19\n\nrequire example.com/base v0.1.0\n"}});
    proxy_.add("example.com/base", "v0.1.0",
               {{"base.go", "package base\n\nfunc Name() string { return \"base\" }\n"}});
  }

  CommandOptions options() const {
    CommandOptions options;
    options.environment = {"GOPROXY=" + proxy_.url(), "GOSUMDB=off",
                           "GOFLAGS=", "GOMODCACHE=" + (scratch_ / "home/go/pkg/mod"),
                           "GOBOX_MODULE_DIR=" + (scratch_ / "store")};
    return options;
  }

  json::object run(const std::string& relative, Words flags = {}) const {
    flags.insert(flags.end(), {"--toolchain", GetParam(), "--compile-timeout", "60s",
                               "--total-timeout", "90s", scratch_ / relative});
    return sandbox_run_json(flags, options());
  }

  static std::string versions(const json::object& result) {
    std::string text;
    for (const json::value& each : result.at("modules").as_array()) {
      text += std::string(each.at("path").as_string()) + "@" +
              std::string(each.at("version").as_string()) + " ";
      EXPECT_THAT(std::string(each.at("sum").as_string()), ::testing::StartsWith("h1:"));
    }
    return text;
  }

  static bool fetched(const json::object& result) {
    return result.at("stages").as_array().front().at("name").as_string() == "fetch";
  }

  ScratchDirectory scratch_;
  ModuleProxy proxy_;
};

TEST_P(Modules, AProgramWithoutGoModRunsAndNextTimeNothingIsFetched) {
  scratch_.write("main.go", kModuleProgram);
  const json::object first = run("main.go");
  EXPECT_EQ(text_of(first, "outcome"), "ok")
      << text_of(first, "message") << text_of(first, "stderr");
  EXPECT_EQ(text_of(first, "stdout"), "hello base\n");
  EXPECT_EQ(versions(first), "example.com/Words/hello@v1.2.0 example.com/base@v0.1.0 ");
  EXPECT_TRUE(fetched(first));

  fs::remove_all(scratch_ / "proxy");
  const json::object again = run("main.go");
  EXPECT_EQ(text_of(again, "stdout"), "hello base\n") << text_of(again, "message");
  EXPECT_FALSE(fetched(again)) << "it is known and kept";
  EXPECT_EQ(versions(again), versions(first));
  if (GetParam().string().find("1.19") == std::string::npos) {
    EXPECT_EQ(stage_of(again, "compile").at("direct"), json::value(true)) << json::serialize(again);
  }
}

TEST_P(Modules, AnIncompleteGoModIsCompletedAndAWholeOneObeyed) {
  scratch_.write("part/main.go", kModuleProgram);
  scratch_.write("part/go.mod",
                 "module part\n\ngo 1.19\n\nrequire example.com/Words/hello v1.0.0\n");
  proxy_.add("example.com/Words/hello", "v1.0.0",
             {{"hello.go", "package hello\n\nfunc Say() string { return \"old\" }\n"}});
  const json::object result = run("part");
  EXPECT_EQ(text_of(result, "stdout"), "old\n") << text_of(result, "message");
  EXPECT_EQ(versions(result), "example.com/Words/hello@v1.0.0 ");
}

TEST_P(Modules, AVendorDirectoryIsTakenAsItIs) {
  scratch_.write("v/main.go", kModuleProgram);
  scratch_.write("v/go.mod", "module v\n\ngo 1.19\n\nrequire example.com/Words/hello v1.2.0\n");
  scratch_.write(
      "v/vendor/modules.txt",
      "# example.com/Words/hello v1.2.0\n## explicit; go 1.19\nexample.com/Words/hello\n");
  scratch_.write("v/vendor/example.com/Words/hello/hello.go",
                 "package hello\n\nfunc Say() string { return \"vendored\" }\n");
  const json::object vendored = run("v");
  EXPECT_EQ(text_of(vendored, "stdout"), "vendored\n") << text_of(vendored, "message");
  EXPECT_FALSE(fetched(vendored));
  const json::object fresh = run("v", {"--modules", "proxy"});
  EXPECT_EQ(text_of(fresh, "stdout"), "hello base\n") << text_of(fresh, "message");
}

TEST_P(Modules, TheCallersModuleCacheServesWithoutAProxyAndIsNotWritten) {
  scratch_.write("main.go", kModuleProgram);
  const fs::path cache = scratch_ / "home/go/pkg/mod/cache/download";
  fs::create_directories(cache.parent_path());
  fs::rename(scratch_ / "proxy", cache);
  const auto before = fs::last_write_time(cache);
  const json::object result = run("main.go", {"--modules", "cache"});
  EXPECT_EQ(text_of(result, "stdout"), "hello base\n") << text_of(result, "message");
  EXPECT_EQ(fs::last_write_time(cache), before);
  EXPECT_FALSE(fs::exists(scratch_ / "home/go/pkg/mod/example.com"));
}

TEST_P(Modules, OffMeansThatTheCompilerSaysWhatIsMissing) {
  scratch_.write("main.go", kModuleProgram);
  const json::object result = run("main.go", {"--modules", "off"});
  EXPECT_EQ(text_of(result, "outcome"), "compile_error") << text_of(result, "message");
}

TEST_P(Modules, AModuleThatDoesNotExistIsAFetchErrorAndSoIsAVersion) {
  scratch_.write("main.go", "package main\n\nimport _ \"example.com/nowhere\"\n\nfunc main() {}\n");
  const json::object result = run("main.go");
  EXPECT_EQ(text_of(result, "outcome"), "fetch_error") << text_of(result, "message");
  EXPECT_EQ(text_of(result, "stage"), "fetch");
  EXPECT_THAT(text_of(result, "message"), HasSubstr("example.com/nowhere"));
  EXPECT_EQ(result.at("retryable"), json::value(false));
  EXPECT_THAT(text_of(result, "stderr"), Not(HasSubstr("127.0.0.1")));

  scratch_.write("w/main.go", kModuleProgram);
  scratch_.write("w/go.mod", "module w\n\ngo 1.19\n\nrequire example.com/Words/hello v1.9.9\n");
  const json::object version = run("w");
  EXPECT_EQ(text_of(version, "outcome"), "fetch_error") << text_of(version, "message");
  EXPECT_THAT(text_of(version, "message"), HasSubstr("v1.9.9"));
  const CommandResult plain = sandbox_run({"--toolchain", GetParam(), scratch_ / "w"}, options());
  EXPECT_EQ(plain.status, 119);
}

TEST_P(Modules, AProxyThatCannotBeReachedIsNamedAndMayBeTriedAgain) {
  scratch_.write("main.go", kModuleProgram);
  const json::object result = run("main.go", {"--module-proxy", "http://u:secret@127.0.0.1:1"});
  EXPECT_EQ(text_of(result, "outcome"), "fetch_error");
  EXPECT_EQ(result.at("retryable"), json::value(true));
  EXPECT_THAT(text_of(result, "message"),
              AllOf(HasSubstr("http://127.0.0.1:1"), HasSubstr("cannot be reached")));
  EXPECT_THAT(json::serialize(result), Not(HasSubstr("secret")));
}

TEST_P(Modules, AChecksumThatDiffersIsNamedAndNothingIsKept) {
  scratch_.write("s/main.go", kModuleProgram);
  scratch_.write("s/go.mod", "module s\n\ngo 1.19\n\nrequire example.com/Words/hello v1.2.0\n");
  scratch_.write(
      "s/go.sum",
      "example.com/Words/hello v1.2.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
  const json::object result = run("s");
  EXPECT_EQ(text_of(result, "outcome"), "fetch_error");
  EXPECT_THAT(text_of(result, "message"),
              AllOf(HasSubstr("checksum"), HasSubstr("example.com/Words/hello@v1.2.0")));
  EXPECT_FALSE(fs::exists(scratch_ / "store/mod/example.com/!words/hello@v1.2.0"));
}

TEST_P(Modules, ASyntaxErrorIsTheCompilersToSay) {
  scratch_.write("main.go",
                 "package main\n\nimport \"example.com/base\"\n\nfunc main() { base.Name( }\n");
  const json::object result = run("main.go");
  EXPECT_EQ(text_of(result, "outcome"), "compile_error") << text_of(result, "message");
}

TEST_P(Modules, TestsMayImportModulesToo) {
  scratch_.write("t/go.mod", "module t\n\ngo 1.19\n");
  scratch_.write("t/t.go", "package t\n");
  scratch_.write(
      "t/t_test.go",
      "package t\n\nimport (\n\t\"testing\"\n\n\t\"example.com/base\"\n)\n\n"
      "func TestName(t *testing.T) {\n\tif base.Name() != \"base\" {\n\t\tt.Fail()\n\t}\n}\n");
  const json::object result = sandbox_run_json(
      {"test", "--toolchain", GetParam(), "--policy", "ci", scratch_ / "t"}, options());
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
}

TEST_P(Modules, HostileZipsAreFetchErrorsAndNothingIsKept) {
  const std::string version = "v1.0.0";
  const auto top = [&](const std::string& name) {
    return "example.com/" + name + "@" + version + "/";
  };
  const std::string code = "package x\n";
  const std::vector<std::pair<std::string, std::string>> zips = {
      {"other", zip_of({{top("base") + "x.go", code}})},
      {"up", zip_of({{top("up") + "x.go", code}, {top("up") + "../../../../../../tmp/up", code}})},
      {"link", zip_of({{top("link") + "x.go", code}, {top("link") + "y.go -> /etc/passwd", ""}})},
      {"fold", zip_of({{top("fold") + "x.go", code}, {top("fold") + "X.go", code}})},
      {"none", "<html>no zip</html>"}};
  for (const auto& [name, zip] : zips) {
    const std::string path = "example.com/" + name;
    proxy_.add_raw(path, version, "module " + path + "\n\ngo 1.19\n", zip);
    scratch_.write("main.go", "package main\n\nimport _ \"" + path + "\"\n\nfunc main() {}\n");
    const json::object result = run("main.go");
    EXPECT_EQ(text_of(result, "outcome"), "fetch_error")
        << name << ": " << text_of(result, "message") << text_of(result, "stderr");
    EXPECT_THAT(text_of(result, "message"), HasSubstr(path));
    EXPECT_FALSE(fs::exists(scratch_ / ("store/mod/" + path + "@" + version))) << name;
  }
  EXPECT_FALSE(fs::exists("/tmp/up"));
  EXPECT_TRUE(fs::is_empty(scratch_ / "store/tmp"));
}

// Whatever a module's own package does when it is compiled or started reaches who imports it.
TEST_P(Modules, AJobChangesNothingThatAnotherGets) {
  scratch_.write("main.go", kModuleProgram);
  EXPECT_EQ(text_of(run("main.go"), "stdout"), "hello base\n");
  scratch_.write(
      "evil/main.go",
      "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.com/Words/hello\"\n)\n\n"
      "func main() {\n\tfor _, d := range []string{\"/gomodcache\", \"/gocache\"} {\n"
      "\t\t_, err := os.Stat(d)\n\t\tfmt.Println(d, os.IsNotExist(err))\n\t}\n"
      "\tfmt.Println(hello.Say())\n}\n");
  // A package of the job's own under the module's path is the job's alone.
  scratch_.write("evil/go.mod",
                 "module evil\n\ngo 1.19\n\nrequire example.com/Words/hello v1.2.0\n\n"
                 "replace example.com/Words/hello => ./mine\n");
  scratch_.write("evil/mine/go.mod", "module example.com/Words/hello\n\ngo 1.19\n");
  scratch_.write("evil/mine/hello.go",
                 "package hello\n\nfunc Say() string { return \"poison\" }\n");
  EXPECT_EQ(text_of(run("evil"), "stdout"), "/gomodcache true\n/gocache true\npoison\n");
  scratch_.write("main.go", std::string(kModuleProgram) + "\n// again\n");
  EXPECT_EQ(text_of(run("main.go"), "stdout"), "hello base\n");
}

INSTANTIATE_TEST_SUITE_P(EveryToolchain, Modules, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& param) { return test_name_of(param.param); });

}  // namespace
}  // namespace gobox::tests
