// SPDX-License-Identifier: Apache-2.0

// A module of many packages in which one is hostile in each way: all others are reported right, and
// the hostile ones as what they did. Forty packages; GOBOX_TEST_PACKAGES=300 makes it a large one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/sandbox_run.h"
#include "tests/support/toolchains.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kPackages = 40;

struct Hostile {
  const char* name;
  const char* body;      // of TestH
  const char* outcomes;  // of the package: those that are right, with a blank between
  const char* tests;     // "TestH fail TestMore pass", of those that are told
};

// TestMore fails wherever it runs, so nothing that was believed can be an "ok" there. Those whose
// verdict may well be "ok" have no TestMore.
const std::vector<Hostile>& hostiles() {
  static const std::vector<Hostile> all = {
      {"exit", "os.Exit(0)", "exited", "TestH panic"},
      {"rawexit", "syscall.Exit(0)", "exited", "TestH fail"},
      {"kill", "syscall.Kill(os.Getpid(), 9); select {}", "signaled", "TestH fail"},
      {"fakelines",
       "fmt.Println(\"--- PASS: TestH (0.00s)\\n--- PASS: TestMore (0.00s)\\nPASS\\nok  "
       "\\tm/p001\\t0.1s\"); "
       "t.Fatal(\"really\")",
       "exited", "TestH fail TestMore fail"},
      {"fakeevents",
       "for fd := 1; fd < 256; fd++ { for _, p := range []string{\"m/fakeevents\", \"m/p001\"} { "
       "for _, n := range []string{\"TestH\", \"TestMore\", \"TestGood\"} { syscall.Write(fd, "
       "[]byte(fmt.Sprintf(\"{\\\"Action\\\":\\\"pass\\\",\\\"Package\\\":%q,\\\"Test\\\":%q}\\n"
       "gobox-test: b001 /work\\n\\x16--- PASS: %s (0.00s)\\n\\x16PASS\\n\", p, n, n))) } } }; "
       "syscall.Exit(0)",
       "exited", "*"},
      {"ownbinary",
       "for _, p := range []string{os.Args[0], \"/proc/self/exe\"} { q, _ := os.Readlink(p); "
       "os.Remove(p); os.Remove(q); os.WriteFile(p, []byte(\"#!/bin/true\"), 0755) }; "
       "t.Fatal(\"gone\")",
       "exited", "TestH fail TestMore fail"},
      {"child",
       "if err := exec.Command(\"/bin/sh\", \"-c\", \"while :; do echo '--- PASS: TestMore "
       "(0.00s)'; echo PASS; sleep 0.01; done\").Start(); err != nil { t.Fatal(err) }; "
       "syscall.Exit(0)",
       "leaked_processes", "*"},
      {"memory",
       "for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; kept = append(kept, b) }",
       "oom", "TestH fail"},
      {"hang", "select {}", "timeout", "TestH timeout"},
      {"stopped", "syscall.Kill(os.Getpid(), syscall.SIGSTOP); time.Sleep(time.Hour)", "timeout",
       "TestH timeout"},
      {"manyprocesses",
       "for { if err := exec.Command(\"/bin/sleep\", \"1000\").Start(); err != nil { t.Fatal(err) "
       "} }",
       "pids_limit", "TestH fail TestMore fail"},
      {"forkbomb",
       "exec.Command(\"/bin/sh\", \"-c\", \"f() { f | f & }; f\").Run(); time.Sleep(time.Second); "
       "t.Fatal(\"over\")",
       "pids_limit leaked_processes oom exited timeout", "*"},
      {"fulldisk",
       "f, _ := os.Create(\"/tmp/full\"); b := make([]byte, 1<<20); for { if _, err := f.Write(b); "
       "err != nil { t.Fatal(err) } }",
       "exited oom", "*"},
      {"closed", "for fd := 0; fd < 256; fd++ { syscall.Close(fd) }; syscall.Exit(0)", "exited",
       "TestH fail"},
      {"panics", "panic(\"boom\")", "exited", "TestH panic"},
      {"unbuilt", "this is no Go", "compile_error", ""},
      // These do no harm to themselves; what they do to others does not reach them.
      {"output",
       "b := make([]byte, 1<<20); for i := range b { b[i] = 'x' }; for i := 0; i < 32; "
       "i++ { os.Stdout.Write(b); fmt.Println() }",
       "ok", "TestH pass"},
      {"neighbours",
       "d, err := os.ReadDir(\"..\"); if err != nil { t.Fatal(err) }; for _, e := range d { "
       "os.WriteFile(\"../\"+e.Name()+\"/x_test.go\", []byte(\"package x\"), 0644); "
       "if e.Name() != \"neighbours\" { os.RemoveAll(\"../\" + e.Name()) } }",
       "ok", "TestH pass"},
      {"killall", "syscall.Kill(-1, 9)", "ok", "TestH pass"},
  };
  return all;
}

bool is_tame(const Hostile& hostile) {
  return std::string(hostile.outcomes) == "ok";
}

std::string source_of(const Hostile& hostile) {
  std::string source =
      std::string("package ") + hostile.name +
      "\nimport (\"testing\"; \"fmt\"; \"os\"; \"os/exec\"; \"syscall\"; \"time\")\n"
      "var kept [][]byte\nvar _ = []interface{}{fmt.Sprint, os.Exit, exec.Command, syscall.Exit, "
      "time.Sleep}\nfunc TestH(t *testing.T) {\n" +
      hostile.body + "\n}\n";
  if (!is_tame(hostile)) source += "func TestMore(t *testing.T) { t.Fatal(\"no\") }\n";
  return source;
}

// Reads a file of its own: a neighbour that took it away would show.
struct Good {
  const char* body;
  const char* outcome;
  const char* tests;
};

constexpr Good kGood[] = {
    {"if _, err := os.Stat(\"testdata/own\"); err != nil { t.Fatal(err) }", "ok", "TestGood pass"},
    {"t.Error(\"as it should\")", "exited", "TestGood fail"},
    {"t.Skip(\"not today\")", "ok", "TestGood skip"},
    {"for _, n := range []string{\"a\", \"b\"} { t.Run(n, func(t *testing.T) { "
     "os.Stat(\"testdata\") "
     "}) }",
     "ok", "TestGood pass TestGood/a pass TestGood/b pass"},
};

std::string good_name(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "p" + std::string(3 - std::min<std::size_t>(3, digits.size()), '0') + digits;
}

std::size_t packages_wanted() {
  const char* value = std::getenv("GOBOX_TEST_PACKAGES");
  return value == nullptr ? kPackages : std::strtoul(value, nullptr, 10);
}

struct Seen {
  std::string outcome;
  std::string tests;
};

std::map<std::string, Seen> seen_in(const json::object& result) {
  std::map<std::string, Seen> seen;
  for (const json::value& each : result.at("tests").as_array()) {
    const json::object& package = each.as_object();
    std::string tests;
    for (const json::value& one : package.at("tests").as_array()) {
      const json::object& test = one.as_object();
      tests += (tests.empty() ? "" : " ") + text_of(test, "name") + " " + text_of(test, "outcome");
    }
    seen[text_of(package, "package")] = {text_of(package, "outcome"), tests};
  }
  return seen;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words{""};
  for (const char each : text) {
    if (each == ' ') {
      words.emplace_back();
    } else {
      words.back() += each;
    }
  }
  return words;
}

class ManyPackages : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(ManyPackages, AreReportedRightBesideHostileOnes) {
  const ScratchDirectory scratch;
  scratch.write("m/go.mod", "module m\n\ngo 1.19\n");
  for (const Hostile& each : hostiles()) {
    scratch.write(std::string("m/") + each.name + "/h_test.go", source_of(each));
  }
  const std::size_t good = std::max(packages_wanted(), hostiles().size() + 4) - hostiles().size();
  for (std::size_t i = 0; i < good; ++i) {
    const std::string name = good_name(i);
    scratch.write("m/" + name + "/testdata/own", name);
    scratch.write("m/" + name + "/g_test.go",
                  "package " + name + "\nimport (\"testing\"; \"os\")\nvar _ = os.Stat\n" +
                      "func TestGood(t *testing.T) { " + kGood[i % std::size(kGood)].body + " }\n");
  }
  const json::object result = sandbox_run_json({"test",
                                                "--policy",
                                                "ci",
                                                "--toolchain",
                                                GetParam().string(),
                                                "--memory",
                                                "128M",
                                                "--pids",
                                                "64",
                                                "--disk",
                                                "64M",
                                                "--output",
                                                "1M",
                                                "--run-timeout",
                                                "6s",
                                                "--compile-timeout",
                                                "9m",
                                                "--total-timeout",
                                                "30m",
                                                "--cache",
                                                "off",
                                                scratch / "m"});
  const std::map<std::string, Seen> seen = seen_in(result);
  ASSERT_EQ(seen.size(), good + hostiles().size()) << text_of(result, "message");
  for (std::size_t i = 0; i < good; ++i) {
    const Seen& package = seen.at("m/" + good_name(i));
    EXPECT_EQ(package.outcome, kGood[i % std::size(kGood)].outcome) << good_name(i);
    EXPECT_EQ(package.tests, kGood[i % std::size(kGood)].tests) << good_name(i);
  }
  for (const Hostile& each : hostiles()) {
    const Seen& package = seen.at(std::string("m/") + each.name);
    EXPECT_THAT(words_of(each.outcomes), Contains(package.outcome)) << each.name;
    if (std::string(each.tests) != "*") {
      EXPECT_EQ(package.tests, each.tests) << each.name;
    }
    // What never ran has not passed, whatever was printed.
    if (!is_tame(each)) {
      EXPECT_THAT(package.tests, Not(HasSubstr("TestMore pass"))) << each.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Toolchains, ManyPackages, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& toolchain) { return test_name_of(toolchain.param); });

}  // namespace
}  // namespace gobox::tests
