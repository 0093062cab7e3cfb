// SPDX-License-Identifier: Apache-2.0

// `sandbox-run test`: packages, flags, results and reports as `go test` has them, and tests that
// try to look better than they are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>
#include <string>

#include "base/file.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string test_file(const std::string& package, const std::string& body,
                      const std::string& imports = "import \"testing\"\n") {
  return "package " + package + "\n" + imports + body;
}

// Two packages that pass, one each that fails, does not build, does not pass vet, has no tests.
void write_module(const ScratchDirectory& scratch) {
  scratch.write("m/go.mod", "module example.com/m\n\ngo 1.19\n");
  scratch.write("m/a/a_test.go", test_file("a", "func TestA(t *testing.T) { t.Log(\"quiet\") }\n"));
  scratch.write("m/a/inner/i_test.go",
                test_file("inner", "func TestI(t *testing.T) { t.Skip() }\n"));
  scratch.write("m/b/b_test.go", test_file("b", "func TestB(t *testing.T) { x := 1 }\n"));
  scratch.write("m/c/c_test.go",
                test_file("c",
                          "func TestC(t *testing.T) { t.Run(\"sub\", func(t *testing.T) { "
                          "t.Error(\"loud\") }) }\n"));
  scratch.write("m/d/d.go", "package d\n\nfunc D() int { return 1 }\n");
  scratch.write("m/e/e_test.go", test_file("e",
                                           "func TestE(t *testing.T) { fmt.Printf(\"%d\", "
                                           "\"x\") }\n",
                                           "import (\"testing\"; \"fmt\")\n"));
  scratch.write("m/nested/go.mod", "module example.com/nested\n\ngo 1.19\n");
  scratch.write("m/nested/n_test.go", test_file("nested", "func TestN(t *testing.T) {}\n"));
  scratch.write("m/testdata/t_test.go", "package nothing to compile\n");
}

// A module of one package "m" with this test file.
json::object run_one(const std::string& file, const Words& flags = {}, const Words& rest = {}) {
  const ScratchDirectory scratch;
  scratch.write("m/go.mod", "module m\n\ngo 1.19\n");
  scratch.write("m/m_test.go", file);
  Words words{"test", "--compile-timeout", "60s"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.push_back(scratch / "m");
  words.insert(words.end(), rest.begin(), rest.end());
  return sandbox_run_json(words);
}

// "TestA pass" of all packages, in order.
std::vector<std::string> outcomes_of(const json::object& result) {
  std::vector<std::string> list;
  for (const json::value& package : result.at("tests").as_array()) {
    for (const json::value& test : package.at("tests").as_array()) {
      list.push_back(text_of(test.as_object(), "name") + " " +
                     text_of(test.as_object(), "outcome"));
    }
  }
  return list;
}

std::vector<std::string> packages_of(const json::object& result) {
  std::vector<std::string> list;
  for (const json::value& each : result.at("tests").as_array()) {
    const json::object& package = each.as_object();
    list.push_back(text_of(package, "package") + " " + text_of(package, "outcome") + " " +
                   text_of(package, "stage"));
  }
  return list;
}

CommandOptions within(const std::string& directory) {
  return {.input = {}, .environment = {}, .directory = directory, .user = {}};
}

class TestCommandOf : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  Words with_toolchain(Words words) const {
    words.insert(words.begin() + 1, {"--toolchain", GetParam().string(), "--compile-timeout", "30s",
                                     "--total-timeout", "60s"});
    return words;
  }
};

TEST_P(TestCommandOf, ReportsEachPackageAndHidesNone) {
  const ScratchDirectory scratch;
  write_module(scratch);
  const json::object result =
      sandbox_run_json(with_toolchain({"test", "--compile-timeout", "60s", scratch / "m"}));
  EXPECT_THAT(packages_of(result),
              ElementsAre("example.com/m/a ok test", "example.com/m/a/inner ok test",
                          "example.com/m/b compile_error compile", "example.com/m/c exited test",
                          "example.com/m/d ok test", "example.com/m/e compile_error compile"))
      << json::serialize(result);
  EXPECT_THAT(outcomes_of(result),
              ElementsAre("TestA pass", "TestI skip", "TestC fail", "TestC/sub fail"));
  EXPECT_EQ(text_of(result, "outcome"), "compile_error");
  const json::object& broken = result.at("tests").as_array()[2].as_object();
  EXPECT_THAT(text_of(broken, "output"), HasSubstr("b/b_test.go:3:"));
  EXPECT_THAT(text_of(broken, "output"), Not(HasSubstr("e_test.go")));
}

TEST_P(TestCommandOf, PrintsWhatGoTestPrints) {
  const ScratchDirectory scratch;
  write_module(scratch);
  const CommandResult run = sandbox_run(
      with_toolchain({"test", "--compile-timeout", "60s", "./..."}), within(scratch / "m"));
  EXPECT_EQ(run.status, 120);
  EXPECT_THAT(run.out, HasSubstr("ok  \texample.com/m/a\t0."));
  EXPECT_THAT(run.out, HasSubstr("FAIL\texample.com/m/b [build failed]\n"));
  EXPECT_THAT(run.out, HasSubstr("--- FAIL: TestC (0.0"));
  EXPECT_THAT(run.out, HasSubstr("loud"));
  EXPECT_THAT(run.out, HasSubstr("FAIL\texample.com/m/c\t0."));
  EXPECT_THAT(run.out, HasSubstr("?   \texample.com/m/d\t[no test files]\n"));
  EXPECT_TRUE(run.out.ends_with("FAIL\n")) << run.out;
  EXPECT_THAT(run.out, Not(HasSubstr("quiet")));
  EXPECT_THAT(run.err, HasSubstr("b/b_test.go:3:"));
  EXPECT_THAT(run.err, HasSubstr("2 ok, 1 failed, 2 did not build, 1 without tests"));
}

TEST_P(TestCommandOf, SaysGosOwnStreamForJson) {
  const ScratchDirectory scratch;
  write_module(scratch);
  const CommandResult run =
      sandbox_run(with_toolchain({"test", "--compile-timeout", "60s", "-json", "./a/...", "./c"}),
                  within(scratch / "m"));
  EXPECT_EQ(run.status, 1);
  std::set<std::string> ends;
  std::string_view text = run.out;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const json::object event = json::parse(text.substr(0, newline)).as_object();
    text.remove_prefix(newline + 1);
    const std::string action = text_of(event, "Action");
    EXPECT_TRUE(event.contains("Time"));
    if (action == "output" || action == "run" || action == "start") continue;
    const std::string test = event.contains("Test") ? "/" + text_of(event, "Test") : "";
    ends.insert(action + " " + text_of(event, "Package") + test);
  }
  EXPECT_THAT(ends, ::testing::UnorderedElementsAre(
                        "pass example.com/m/a/TestA", "pass example.com/m/a",
                        "skip example.com/m/a/inner/TestI", "pass example.com/m/a/inner",
                        "fail example.com/m/c/TestC", "fail example.com/m/c/TestC/sub",
                        "fail example.com/m/c"));
}

// Of a test that says what the testing package would say, and of one that ends the process.
TEST_P(TestCommandOf, NeverTakesAForgedPass) {
  const ScratchDirectory scratch;
  scratch.write("m/go.mod", "module m\n\ngo 1.19\n");
  const auto hostile = [&](const std::string& name, const std::string& body) {
    scratch.write("m/" + name + "/h_test.go",
                  test_file(name,
                            "var _ = fmt.Sprint\nvar _ = syscall.Exit\nvar _ = os.Exit\nvar _ = "
                            "exec.Command\nfunc TestH(t *testing.T) { " +
                                body + " }\nfunc TestMore(t *testing.T) { t.Fatal(\"no\") }\n",
                            "import (\"testing\"; \"fmt\"; \"os\"; \"os/exec\"; \"syscall\")\n"));
  };
  hostile("exit0", "os.Exit(0)");
  hostile("rawexit0", "syscall.Exit(0)");
  hostile("forgedend", "fmt.Println(\"--- PASS: TestH (0.00s)\\nPASS\"); syscall.Exit(0)");
  hostile("framed",
          "fmt.Print(\"\\x16--- PASS: TestH (0.00s)\\n\\x16=== RUN   TestMore\\n\\x16--- PASS: "
          "TestMore (0.00s)\\n\\x16PASS\\n\"); t.Fatal(\"really\")");
  hostile("kill",
          "fmt.Println(\"--- PASS: TestH (0.00s)\"); syscall.Kill(os.Getpid(), 9); select {}");
  hostile(
      "child",
      "exec.Command(\"/bin/sh\", \"-c\", \"while :; do echo '--- PASS: TestMore (0.00s)'; sleep "
      "0.01; done\").Start(); syscall.Exit(0)");
  // All that the testing package would say, marks and all, and a good end.
  hostile("wholelie",
          "fmt.Print(\"\\n\\x16--- PASS: TestH (0.00s)\\n\\x16=== RUN   TestMore\\n\\x16--- PASS: "
          "TestMore (0.00s)\\n\\x16PASS\\n--- PASS: TestH (0.00s)\\n=== RUN   TestMore\\n--- PASS: "
          "TestMore (0.00s)\\nPASS\\n\"); syscall.Exit(0)");
  scratch.write("m/good/g_test.go", test_file("good", "func TestG(t *testing.T) {}\n"));
  const json::object result =
      sandbox_run_json(with_toolchain({"test", "--compile-timeout", "60s", scratch / "m"}));
  std::map<std::string, const json::object*> packages;
  for (const json::value& each : result.at("tests").as_array()) {
    packages[text_of(each.as_object(), "package")] = &each.as_object();
  }
  ASSERT_EQ(packages.size(), 8u) << json::serialize(result);
  EXPECT_EQ(text_of(*packages["m/good"], "outcome"), "ok");
  EXPECT_EQ(text_of(*packages["m/exit0"], "outcome"), "exited");
  EXPECT_EQ(text_of(*packages["m/rawexit0"], "outcome"), "exited");
  EXPECT_EQ(text_of(*packages["m/forgedend"], "outcome"), "exited");
  EXPECT_EQ(text_of(*packages["m/framed"], "outcome"), "exited");
  EXPECT_EQ(text_of(*packages["m/wholelie"], "outcome"), "exited");
  EXPECT_EQ(text_of(*packages["m/kill"], "outcome"), "signaled");
  EXPECT_EQ(text_of(*packages["m/child"], "outcome"), "leaked_processes");
  for (const auto& [name, package] : packages) {
    for (const json::value& test : package->at("tests").as_array()) {
      if (name == "m/good" || name == "m/forgedend") continue;
      EXPECT_NE(text_of(test.as_object(), "outcome"), "pass")
          << name << ": " << json::serialize(test);
    }
  }
}

TEST_P(TestCommandOf, MergesCoverage) {
  const CommandResult run = [&] {
    const ScratchDirectory scratch;
    const CommandResult result =
        sandbox_run(with_toolchain({"test", "--compile-timeout", "60s", "-coverprofile",
                                    scratch / "c.out", source_path("examples/tests_pass")}));
    const auto profile = read_file(scratch / "c.out");
    EXPECT_TRUE(profile && profile->starts_with("mode: set\n")) << result.err;
    return result;
  }();
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("coverage: "));
}

INSTANTIATE_TEST_SUITE_P(Toolchains, TestCommandOf, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& toolchain) { return test_name_of(toolchain.param); });

TEST(TestCommand, NamesWhoHangsAndWhoPanics) {
  const json::object hung = run_one(
      test_file("m",
                "func TestQuick(t *testing.T) {}\nfunc TestHang(t *testing.T) { select {} }\n"),
      {"--run-timeout", "1s"});
  // The timer of -test.timeout keeps the runtime from calling it a deadlock, as under go test.
  EXPECT_EQ(text_of(hung, "outcome"), "timeout");
  EXPECT_THAT(outcomes_of(hung), ElementsAre("TestQuick pass", "TestHang timeout"));
  const json::object slept =
      run_one(test_file("m", "func TestSleep(t *testing.T) { time.Sleep(time.Hour) }\n",
                        "import (\"testing\"; \"time\")\n"),
              {"--run-timeout", "1s"});
  EXPECT_EQ(text_of(slept, "outcome"), "timeout");
  EXPECT_THAT(outcomes_of(slept), ElementsAre("TestSleep timeout"));
  EXPECT_THAT(text_of(slept, "message"), HasSubstr("TestSleep"));
  const json::object panicked =
      run_one(test_file("m", "func TestPanic(t *testing.T) { panic(\"boom\") }\n"));
  EXPECT_THAT(outcomes_of(panicked), ElementsAre("TestPanic panic"));
  const json::object own =
      run_one(test_file("m", "func TestSleep(t *testing.T) { time.Sleep(time.Hour) }\n",
                        "import (\"testing\"; \"time\")\n"),
              {"-timeout", "200ms"});
  EXPECT_EQ(text_of(own, "outcome"), "exited");
  EXPECT_THAT(outcomes_of(own), ElementsAre("TestSleep timeout"));
}

TEST(TestCommand, ASelectionBehindTheDashesIsOneToo) {
  const std::string file =
      test_file("m", "func TestOne(t *testing.T) {}\nfunc TestTwo(t *testing.T) { t.Fail() }\n");
  const json::object result = run_one(file, {}, {"-args", "-test.run=One"});
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  EXPECT_THAT(outcomes_of(result), ElementsAre("TestOne pass"));
}

TEST(TestCommand, LetsAPackageRunOutOfMemoryAlone) {
  const ScratchDirectory scratch;
  scratch.write("m/go.mod", "module m\n\ngo 1.19\n");
  scratch.write("m/big/b_test.go",
                test_file("big",
                          "var all [][]byte\nfunc TestBig(t *testing.T) { for { b := "
                          "make([]byte, 1<<20); for i := range b { b[i] = 1 }; all = "
                          "append(all, b) } }\n"));
  scratch.write("m/small/s_test.go", test_file("small", "func TestSmall(t *testing.T) {}\n"));
  const json::object result =
      sandbox_run_json({"test", "--compile-timeout", "60s", "--memory", "64M", scratch / "m"});
  EXPECT_THAT(packages_of(result), ElementsAre("m/big oom test", "m/small ok test"));
  EXPECT_EQ(text_of(result, "outcome"), "oom");
}

TEST(TestCommand, TakesGosFlags) {
  const std::string file = test_file(
      "m",
      "func TestOne(t *testing.T) {}\nfunc TestTwo(t *testing.T) { if !testing.Short() { "
      "t.Fatal(\"long\") } }\nfunc BenchmarkB(b *testing.B) { for i := 0; i < b.N; i++ {} }\n");
  EXPECT_THAT(outcomes_of(run_one(file, {"-run", "TestOne"})), ElementsAre("TestOne pass"));
  EXPECT_THAT(outcomes_of(run_one(file, {"-short"})), ElementsAre("TestOne pass", "TestTwo pass"));
  EXPECT_THAT(outcomes_of(run_one(file, {"-run=One", "-count=2"})),
              ElementsAre("TestOne pass", "TestOne pass"));
  const json::object bench = run_one(file, {"-run=^$", "-bench=.", "-benchtime=10x"});
  EXPECT_EQ(text_of(bench, "outcome"), "ok") << json::serialize(bench);
  EXPECT_THAT(text_of(bench, "stdout"), HasSubstr("ns/op"));
  const CommandResult refused =
      sandbox_run({"test", "--compile-timeout", "60s", "-exec", "x", "."});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, StartsWith("sandbox-run: -exec of go test is not offered"));
}

TEST(TestCommand, PrintsBenchmarksAndListsAsGoTestDoes) {
  const ScratchDirectory scratch;
  scratch.write("m/go.mod", "module m\n\ngo 1.19\n");
  scratch.write("m/m_test.go",
                test_file("m",
                          "func TestOne(t *testing.T) { t.Log(\"quiet\") }\nfunc BenchmarkB(b "
                          "*testing.B) { for i := 0; i < b.N; i++ {} }\n"));
  const auto run = [&](const Words& flags) {
    Words words{"test", "--compile-timeout", "60s"};
    words.insert(words.end(), flags.begin(), flags.end());
    return sandbox_run(words, within(scratch / "m")).out;
  };
  const std::string list = run({"-list", "."});
  EXPECT_THAT(list, StartsWith("TestOne\nBenchmarkB\nok  \tm\t0."));
  EXPECT_TRUE(list.ends_with("s\n")) << list;
  const std::string bench = run({"-bench", ".", "-benchtime", "10x"});
  EXPECT_THAT(bench, HasSubstr("ns/op\nPASS\nok  \tm\t"));
  EXPECT_THAT(bench, Not(HasSubstr("=== RUN")));
  EXPECT_THAT(bench, Not(HasSubstr("quiet")));
  const std::string verbose = run({"-v"});
  EXPECT_THAT(verbose, HasSubstr("--- PASS: TestOne (0.00s)\nPASS\nok  \tm\t"));
  EXPECT_EQ(verbose.find("ok  \tm"), verbose.rfind("ok  \tm")) << verbose;
  EXPECT_THAT(run({"-run", "Nobody"}), HasSubstr("s [no tests to run]\n"));
}

TEST(TestCommand, CompilesNothingASecondTime) {
  const ScratchDirectory scratch;
  write_module(scratch);
  const auto run = [&](const Words& flags) {
    Words words{"test", "--compile-timeout", "60s", "--cache", "e2e " + (scratch / "m")};
    words.insert(words.end(), flags.begin(), flags.end());
    words.insert(words.end(), {scratch / "m", "./a/..."});
    return sandbox_run_json(words);
  };
  const auto compiled = [](const json::object& result) {
    return !result.at("cached").as_object().at("compile").as_bool();
  };
  // Who may only read leaves nothing for the next.
  EXPECT_TRUE(compiled(run({"--cache-read-only"})));
  EXPECT_TRUE(compiled(run({})));
  const json::object again = run({"-v", "-run", "Test"});
  EXPECT_FALSE(compiled(again));
  const json::object& stage = stage_of(again, "compile");
  EXPECT_EQ(stage.at("cpu_user_ms").to_number<double>(), 0) << json::serialize(stage);
  EXPECT_TRUE(stage.at("pids_peak").is_null());  // no process was seen
  // What the kept binaries find is found anew.
  EXPECT_THAT(outcomes_of(again), ElementsAre("TestA pass", "TestI skip"));
  scratch.write("m/a/a_test.go", test_file("a", "func TestA(t *testing.T) { t.Fail() }\n"));
  const json::object changed = run({});
  EXPECT_TRUE(compiled(changed));
  EXPECT_THAT(outcomes_of(changed), ElementsAre("TestA fail", "TestI skip"));
}

TEST(TestCommand, BringsProfilesOutAsArtifacts) {
  const ScratchDirectory scratch;
  write_module(scratch);
  const Words profiles{"-cpuprofile", "cpu.out", "-memprofile", "mem.out", "-trace", "trace.out"};
  Words words{"test",  "--compile-timeout", "60s", "--artifacts", "**/*.out",
              "--out", scratch / "out"};
  words.insert(words.end(), profiles.begin(), profiles.end());
  words.push_back("./a");
  const CommandResult run = sandbox_run(words, within(scratch / "m"));
  EXPECT_EQ(run.status, 0) << run.err;
  for (const char* name : {"cpu.out", "mem.out", "trace.out"}) {
    EXPECT_TRUE(std::filesystem::exists(scratch / "out/a/" + name)) << name;
  }
  const CommandResult outside =
      sandbox_run({"test", "-cpuprofile", "/tmp/cpu.out", "./a"}, within(scratch / "m"));
  EXPECT_EQ(outside.status, 2);
  EXPECT_THAT(outside.err, HasSubstr("-cpuprofile"));
}

// The binary's own flags, so that the standard library need not be compiled for a fuzzer.
TEST(TestCommand, KeepsTheInputThatTookAFuzzersMemory) {
  const ScratchDirectory scratch;
  scratch.write("m/go.mod", "module m\n\ngo 1.19\n");
  scratch.write("m/f/f_test.go",
                test_file("f",
                          "var all [][]byte\nfunc FuzzF(f *testing.F) { f.Add([]byte(\"a\")); "
                          "f.Fuzz(func(t *testing.T, b []byte) { for len(b) > 1 { x := "
                          "make([]byte, 1<<20); for i := range x { x[i] = 1 }; all = append(all, "
                          "x) } }) }\n"));
  scratch.write("m/g/g_test.go", test_file("g", "func TestG(t *testing.T) {}\n"));
  const json::object result = sandbox_run_json({"test",
                                                "--compile-timeout",
                                                "60s",
                                                "--run-timeout",
                                                "30s",
                                                "--total-timeout",
                                                "120s",
                                                "--memory",
                                                "256M",
                                                "--cpus",
                                                "2",
                                                "--artifacts",
                                                "**/testdata/fuzz/**",
                                                "--out",
                                                scratch / "out",
                                                scratch / "m",
                                                "-args",
                                                "-test.fuzz=FuzzF",
                                                "-test.fuzztime=10s",
                                                "-test.parallel=3",
                                                "-test.fuzzcachedir=/tmp/fuzz",
                                                "-test.run=^$"});
  EXPECT_THAT(packages_of(result), ElementsAre("m/f oom test", "m/g ok test"))
      << json::serialize(result);
  const json::array& artifacts = result.at("artifacts").as_array();
  ASSERT_EQ(artifacts.size(), 1u) << json::serialize(result);
  const std::string name = text_of(artifacts[0].as_object(), "name");
  EXPECT_THAT(name, StartsWith("f/testdata/fuzz/FuzzF/"));
  const auto input = read_file(scratch / "out/" + name);
  ASSERT_TRUE(input);
  EXPECT_THAT(*input, StartsWith("go test fuzz v1\n[]byte("));
}

TEST(TestCommand, WritesJUnit) {
  const ScratchDirectory scratch;
  write_module(scratch);
  sandbox_run({"test", "--compile-timeout", "60s", "--total-timeout", "60s", "--junit",
               scratch / "j.xml", scratch / "m"});
  const auto xml = read_file(scratch / "j.xml");
  ASSERT_TRUE(xml);
  EXPECT_THAT(*xml, HasSubstr("<testcase classname=\"example.com/m/c\" name=\"TestC/sub\""));
  EXPECT_THAT(*xml, HasSubstr("<testcase classname=\"example.com/m/b\" name=\"TestMain\""));
  EXPECT_THAT(*xml, HasSubstr("<skipped"));
}

TEST(TestCommand, AnnotatesForGitHubAndKeepsTestsFromCommandingIt) {
  const ScratchDirectory scratch;
  write_module(scratch);
  scratch.write("m/c/c_test.go",
                test_file("c",
                          "func TestC(t *testing.T) { fmt.Println(\"::add-mask::x\"); "
                          "t.Error(\"loud\") }\n",
                          "import (\"testing\"; \"fmt\")\n"));
  CommandOptions options = within(scratch / "m");
  options.environment = {"GITHUB_ACTIONS=true"};
  const CommandResult run = sandbox_run({"test", "--compile-timeout", "60s", "./c"}, options);
  EXPECT_THAT(run.out, StartsWith("::stop-commands::"));
  EXPECT_THAT(run.out,
              HasSubstr("::error file=c/c_test.go,line=3,title=TestC::c_test.go:3: loud\n"));
  const std::string token = run.out.substr(17, 32);
  EXPECT_LT(run.out.find("::add-mask::"), run.out.find("\n::" + token + "::\n"));
}

TEST(TestCommand, NamesThePackagesOfAWorkspaceFromWhereItStands) {
  const ScratchDirectory scratch;
  scratch.write("w/go.work", "go 1.19\nuse (\n./a\n./b\n)\n");
  scratch.write("w/a/go.mod", "module example.com/a\n\ngo 1.19\n");
  scratch.write("w/a/a.go", "package a\n\nfunc A() int { return 1 }\n");
  scratch.write("w/a/a_test.go", test_file("a", "func TestA(t *testing.T) { A() }\n"));
  scratch.write("w/b/go.mod", "module example.com/b\n\ngo 1.19\n");
  scratch.write("w/b/b_test.go", test_file("b", "func TestB(t *testing.T) { a.A() }\n",
                                           "import (\"testing\"; \"example.com/a\")\n"));
  scratch.write("w/b/in/in_test.go", test_file("in", "func TestIn(t *testing.T) {}\n"));
  const CommandResult both =
      sandbox_run({"test", "--compile-timeout", "60s", "./a", "./b"}, within(scratch / "w"));
  EXPECT_THAT(both.out, HasSubstr("ok  \texample.com/a\t")) << both.err;
  EXPECT_THAT(both.out, HasSubstr("ok  \texample.com/b\t"));
  EXPECT_THAT(both.out, Not(HasSubstr("example.com/b/in")));
  const CommandResult beside =
      sandbox_run({"test", "--compile-timeout", "60s", "../a", "./in"}, within(scratch / "w/b"));
  EXPECT_THAT(beside.out, HasSubstr("ok  \texample.com/a\t")) << beside.err;
  EXPECT_THAT(beside.out, HasSubstr("ok  \texample.com/b/in\t"));
}

TEST(TestCommand, FindsTheModuleFromBelow) {
  const ScratchDirectory scratch;
  write_module(scratch);
  const CommandResult here =
      sandbox_run({"test", "--compile-timeout", "60s", "."}, within(scratch / "m/a"));
  EXPECT_EQ(here.status, 0) << here.err;
  EXPECT_THAT(here.out, HasSubstr("ok  \texample.com/m/a\t"));
  EXPECT_THAT(here.out, Not(HasSubstr("inner")));
  const CommandResult from =
      sandbox_run({"test", "--compile-timeout", "60s", scratch / "m", "./a/..."});
  EXPECT_THAT(from.out, HasSubstr("ok  \texample.com/m/a/inner\t"));
}

}  // namespace
}  // namespace gobox::tests
