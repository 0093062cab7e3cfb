// SPDX-License-Identifier: Apache-2.0

// The result object of CONTRACT 3: every field, every time; and the other two ways to be told.

#include <boost/json.hpp>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

void expect_keys(const json::object& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) EXPECT_TRUE(object.contains(key)) << key << " is missing";
}

void expect_shape(const json::object& result) {
  expect_keys(result, {"id",        "outcome",   "stage",     "message",         "exit_code",
                       "signal",    "stdout",    "stderr",    "stdout_encoding", "stderr_encoding",
                       "stages",    "events",    "diagnosis", "hints",           "total_ms",
                       "queued_ms", "cached",    "toolchain", "policy",          "isolation",
                       "exceeded",  "violation", "modules",   "retryable"});
  expect_keys(result.at("cached").as_object(), {"compile"});
  expect_keys(result.at("isolation").as_object(), {"cgroup", "namespaces", "seccomp", "user"});
  for (const json::value& value : result.at("stages").as_array()) {
    const json::object& stage = value.as_object();
    expect_keys(stage, {"name",
                        "outcome",
                        "exit_code",
                        "signal",
                        "wall_ms",
                        "setup_ms",
                        "cpu_user_ms",
                        "cpu_system_ms",
                        "cpu_throttled_ms",
                        "memory_peak_bytes",
                        "memory_limit_bytes",
                        "oom_kills",
                        "pids_peak",
                        "pids_limit",
                        "pids_refused",
                        "stdout",
                        "stderr",
                        "output_truncated",
                        "leaked_processes",
                        "leftover_files",
                        "diagnosis"});
    expect_keys(stage.at("leftover_files").as_object(), {"count", "bytes", "paths"});
    for (const json::value& leaked : stage.at("leaked_processes").as_array()) {
      expect_keys(leaked.as_object(), {"pid", "ppid", "command", "state", "age_ms"});
    }
  }
  for (const json::value& event : result.at("events").as_array()) {
    expect_keys(event.as_object(), {"kind", "offset_ms", "text"});
  }
}

TEST(ResultObject, HasEveryFieldWhateverTheOutcome) {
  expect_shape(sandbox_run_json({source_path("examples/hello.go")}));
  expect_shape(sandbox_run_json({"--vet", source_path("examples/hello.go")}));
  expect_shape(sandbox_run_json({source_path("examples/compile_error.go")}));
  expect_shape(sandbox_run_json({"test", source_path("examples/tests_pass")}));
  expect_shape(sandbox_run_json({"exec", "--", "/bin/true"}));
  expect_shape(sandbox_run_json({"exec", "--", "/no/such/command"}));
  expect_shape(
      sandbox_run_json({"exec", "--memory", "16M", "--", "/bin/sh", "-c", "sleep 1000 & exit 0"}));
}

TEST(ResultObject, TellsTheStagesAndTheirLimits) {
  const json::object result = sandbox_run_json({"--memory", "100M", "--compile-memory", "900M",
                                                "--pids", "77", source_path("examples/hello.go")});
  EXPECT_EQ(text_of(result, "outcome"), "ok");
  EXPECT_EQ(text_of(result, "stage"), "run");
  EXPECT_EQ(text_of(result, "stdout"), "Hello from inside the sandbox.\n");
  EXPECT_EQ(text_of(result, "exit_code"), "0");
  EXPECT_EQ(text_of(result, "signal"), "null");
  EXPECT_THAT(text_of(result, "toolchain"), HasSubstr("go1."));
  EXPECT_EQ(text_of(result, "policy"), "default");
  const json::object& compile = stage_of(result, "compile");
  EXPECT_EQ(text_of(compile, "memory_limit_bytes"), std::to_string(900 << 20));
  const json::object& run = stage_of(result, "run");
  EXPECT_EQ(text_of(run, "memory_limit_bytes"), std::to_string(100 << 20));
  EXPECT_EQ(text_of(run, "pids_limit"), "77");
  EXPECT_GT(run.at("wall_ms").to_number<double>(), 0);
  EXPECT_GT(run.at("memory_peak_bytes").to_number<double>(), 0);
}

TEST(ResultObject, BytesThatAreNoTextComeAsBase64) {
  const json::object nul = sandbox_run_json({"exec", "--", "/bin/sh", "-c", "printf 'a\\000b'"});
  EXPECT_EQ(text_of(nul, "stdout"), "YQBi");
  EXPECT_EQ(text_of(nul, "stdout_encoding"), "base64");
  EXPECT_EQ(text_of(nul, "stderr_encoding"), "utf-8");
  const json::object invalid = sandbox_run_json(
      {"exec", "--", "/bin/sh", "-c", "printf '\\377\\376' >&2; printf 'gr\\303\\274n'"});
  EXPECT_EQ(text_of(invalid, "stderr"), "//4=");
  EXPECT_EQ(text_of(invalid, "stderr_encoding"), "base64");
  EXPECT_EQ(text_of(invalid, "stdout"), "gr\xc3\xbcn");
  EXPECT_EQ(text_of(invalid, "stdout_encoding"), "utf-8");
}

TEST(ResultObject, NamesTheLimitThatWasReached) {
  const json::object wall =
      sandbox_run_json({"exec", "--run-timeout", "300ms", "--", "/bin/sleep", "1000"});
  EXPECT_EQ(text_of(wall, "outcome"), "timeout");
  EXPECT_EQ(text_of(wall.at("exceeded").as_object(), "limit"), "wall");
  EXPECT_EQ(wall.at("exceeded").as_object().at("limit_ms").to_number<double>(), 300);
  EXPECT_GE(wall.at("exceeded").as_object().at("used_ms").to_number<double>(), 300);

  const json::object cpu = sandbox_run_json(
      {"exec", "--cpu-time", "200ms", "--", "/bin/sh", "-c", "while :; do :; done"});
  EXPECT_EQ(text_of(cpu.at("exceeded").as_object(), "limit"), "cpu");

  const json::object total = sandbox_run_json(
      {"exec", "--total-timeout", "300ms", "--run-timeout", "1h", "--", "/bin/sleep", "1000"});
  EXPECT_EQ(text_of(total.at("exceeded").as_object(), "limit"), "total");
}

TEST(ResultObject, NamesTheForbiddenCall) {
  const json::object result =
      sandbox_run_json({"--policy", "strict", source_path("examples/policy_violation.go")});
  EXPECT_EQ(text_of(result, "outcome"), "policy_violation");
  const json::object& violation = result.at("violation").as_object();
  EXPECT_EQ(text_of(violation, "syscall"), "unshare");
  EXPECT_TRUE(violation.at("arguments").is_array());
  EXPECT_TRUE(violation.at("pid").is_number());
}

TEST(ResultObject, ListsWhoWasLeftAndWhichFiles) {
  const json::object result = sandbox_run_json(
      {"exec", "--", "/bin/sh", "-c", "echo 12345 > /tmp/left; sleep 1000 & sleep 2000 & exit 0"});
  EXPECT_EQ(text_of(result, "outcome"), "leaked_processes");
  const json::object& run = stage_of(result, "run");
  EXPECT_EQ(run.at("leaked_processes").as_array().size(), 2U);
  const json::object& files = run.at("leftover_files").as_object();
  EXPECT_EQ(text_of(files, "count"), "1");
  EXPECT_THAT(text_of(files, "paths"), HasSubstr("/tmp/left"));
}

TEST(ResultObject, CompilerMessagesCarryTheUsersNamesAndLines) {
  const ScratchDirectory scratch;
  scratch.write("odd_name.go", "package main\n\nfunc main() {\n\tundefined_thing()\n}\n");
  const json::object result = sandbox_run_json({scratch / "odd_name.go"});
  EXPECT_EQ(text_of(result, "outcome"), "compile_error");
  EXPECT_EQ(text_of(result, "stage"), "compile");
  EXPECT_THAT(text_of(result, "stderr"), HasSubstr("odd_name.go:4:2: undefined: undefined_thing"));
}

TEST(EventLines, EndWithTheResult) {
  const CommandResult ran = sandbox_run({"--events", source_path("examples/hello.go")});
  EXPECT_EQ(ran.status, 0);
  std::istringstream lines(ran.out);
  std::vector<json::object> events;
  for (std::string line; std::getline(lines, line);)
    events.push_back(json::parse(line).as_object());
  ASSERT_GE(events.size(), 6U);
  EXPECT_EQ(text_of(events.front(), "event"), "stage");
  EXPECT_EQ(text_of(events.front(), "stage"), "compile");
  EXPECT_EQ(text_of(events.back(), "event"), "result");
  expect_shape(events.back().at("result").as_object());
  std::string told;
  for (const json::object& event : events) {
    if (text_of(event, "event") == "stdout") told += text_of(event, "text");
  }
  EXPECT_EQ(told, "Hello from inside the sandbox.\n");
}

TEST(PlainOutput, PassesTheProgramsBytesAndNothingElse) {
  const CommandResult ran = sandbox_run(
      {"exec", "--", "/bin/sh", "-c", "printf 'a\\000\\377b'; echo problem >&2; exit 9"});
  EXPECT_EQ(ran.out, std::string("a\0\xff"
                                 "b",
                                 4));
  EXPECT_THAT(ran.err, ::testing::StartsWith("problem\n"));
  EXPECT_THAT(ran.err, HasSubstr("--- exited: "));
  EXPECT_EQ(ran.status, 9);
  const CommandResult refused = sandbox_run({source_path("examples/compile_error.go")});
  EXPECT_EQ(refused.out, "") << "the compiler's messages are not the program's";
}

TEST(PlainOutput, ArrivesWhileTheProgramRuns) {
  ChildProcess run = start_sandbox_run(
      {"exec", "--run-timeout", "1h", "--", "/bin/sh", "-c", "echo now; sleep 1000"});
  EXPECT_TRUE(run.wait_for_output("now\n"));
  run.signal(SIGTERM);
  EXPECT_EQ(run.wait().status, 128 + SIGTERM);
}

struct Status {
  Words words;
  int expected;
};

TEST(ExitStatus, IsTheProgramsOwnOrTheTables) {
  const std::vector<Status> table = {
      {{"exec", "--", "/bin/true"}, 0},
      {{"exec", "--", "/bin/sh", "-c", "exit 77"}, 77},
      {{"exec", "--", "/bin/sh", "-c", "exit 255"}, 255},
      {{"exec", "--", "/bin/sh", "-c", "kill -SEGV $$"}, 128 + SIGSEGV},
      {{"exec", "--", "/bin/sh", "-c", "kill -KILL $$"}, 137},
      {{"exec", "--", "/bin/sh", "-c", "sleep 1000 & exit 0"}, 121},
      {{"exec", "--output", "10", "--", "/bin/echo", "more than ten bytes"}, 122},
      {{"exec", "--run-timeout", "100ms", "--", "/bin/sleep", "1000"}, 124},
      {{"exec", "--", "/no/such/command"}, 127},
      {{"exec", "--", "/etc/passwd"}, 126},
  };
  for (const Status& each : table) {
    EXPECT_EQ(sandbox_run(each.words).status, each.expected)
        << ::testing::PrintToString(each.words);
    EXPECT_EQ(sandbox_run(with_flags(each.words, {"--json"})).status, each.expected)
        << "--json " << ::testing::PrintToString(each.words);
  }
}

}  // namespace
}  // namespace gobox::tests
