// SPDX-License-Identifier: Apache-2.0

// Every outcome over HTTP is the object the command prints, field by field.

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;

struct Case {
  const char* name;
  Words flags;        // of the command
  const char* file;   // below examples/; a directory is a test
  json::object more;  // of the request
  const char* outcome;
};

std::string contents_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

json::object request_of(const Case& each) {
  json::object body = each.more;
  const std::filesystem::path path = source_path(std::string("examples/") + each.file);
  if (!std::filesystem::is_directory(path)) {
    body["source"] = contents_of(path);
    return body;
  }
  body["kind"] = "test";
  json::object files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    files[entry.path().filename().string()] = contents_of(entry.path());
  }
  body["files"] = std::move(files);
  return body;
}

// A source without a name is main.go to the server; so it is called here too.
Words command_of(const Case& each, const ScratchDirectory& scratch) {
  const std::string path = source_path(std::string("examples/") + each.file);
  Words words = each.flags;
  if (std::filesystem::is_directory(path)) {
    // What earlier runs of the command left compiled would leave nothing to compare.
    words.insert(words.begin(), {"test", "--cache", "off"});
    words.push_back(path);
  } else {
    scratch.write("main.go", contents_of(path));
    words.push_back(scratch / "main.go");
  }
  return words;
}

// Measured, so that it differs between any two runs.
bool is_measured(const std::string& key) {
  static const std::set<std::string> kKeys{
      "id", "wall_ms", "setup_ms", "cpu_user_ms", "cpu_system_ms", "cpu_throttled_ms", "total_ms",
      "queued_ms", "used_ms", "memory_peak_bytes", "pids_peak", "pids_refused", "offset_ms",
      "elapsed_ms", "cpu_ms", "age_ms", "pid", "ppid", "prepared", "oom_kills", "bytes", "count",
      "state",
      // The server keeps compiles, and a compile that was kept has no processes to count.
      "cached"};
  return kKeys.contains(key);
}

// Where Go's runtime tells its threads and goroutines, no two dumps are alike.
std::string without_dump(const std::string& text) {
  if (text.find("fatal error:") != std::string::npos) return text.substr(0, text.find('\n'));
  return text.substr(0, text.find("SIGQUIT"));
}

// What a program printed before it was stopped, and figures in sentences: equal but for their
// numbers.
std::string without_numbers(const std::string& all) {
  const std::string text = without_dump(all);
  std::string kept;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "0x") == 0) {
      i = std::min(text.find_first_not_of("0123456789abcdefx", i), text.size()) - 1;
      kept += '#';
    } else if (std::isdigit(static_cast<unsigned char>(text[i])) == 0 && text[i] != '.') {
      kept += text[i];
    } else if (kept.empty() || kept.back() != '#') {
      kept += '#';
    }
  }
  return kept;
}

void expect_same(const std::string& where, const json::value& ours, const json::value& commands);

void expect_same_members(const std::string& where, const json::object& ours,
                         const json::object& commands) {
  for (const auto& member : commands) {
    EXPECT_TRUE(ours.contains(member.key())) << where << "/" << member.key() << " is missing";
  }
  for (const auto& member : ours) {
    const std::string key(member.key());
    const json::value* other = commands.if_contains(key);
    ASSERT_NE(other, nullptr) << where << "/" << key << " is not the command's";
    // Evidence, sampled as it ran; its shape is checked by the OpenAPI document.
    if (key == "diagnosis" || key == "events" || key == "hints" || key == "output_omitted_bytes") {
      EXPECT_EQ(member.value().is_null(), other->is_null()) << where << "/" << key;
    } else if (!is_measured(key)) {
      expect_same(where + "/" + key, member.value(), *other);
    }
  }
}

void expect_same(const std::string& where, const json::value& ours, const json::value& commands) {
  if (ours.is_object() && commands.is_object()) {
    expect_same_members(where, ours.get_object(), commands.get_object());
  } else if (ours.is_array() && commands.is_array()) {
    ASSERT_EQ(ours.get_array().size(), commands.get_array().size()) << where;
    for (std::size_t i = 0; i < ours.get_array().size(); ++i) {
      expect_same(where + "/" + std::to_string(i), ours.get_array()[i], commands.get_array()[i]);
    }
  } else if (ours.is_string() && commands.is_string()) {
    EXPECT_EQ(without_numbers(std::string(ours.get_string())),
              without_numbers(std::string(commands.get_string())))
        << where;
  } else {
    EXPECT_EQ(ours, commands) << where;
  }
}

class ApiOutcomes : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static ApiServer* server_;
};

ApiServer* ApiOutcomes::server_ = nullptr;

TEST_P(ApiOutcomes, AreTheCommands) {
  const json::object ours = server_->run(request_of(GetParam()));
  const ScratchDirectory scratch;
  const json::object commands = sandbox_run_json(command_of(GetParam(), scratch));
  EXPECT_EQ(text_of(ours, "outcome"), GetParam().outcome) << json::serialize(ours);
  expect_same("", ours, commands);
}

json::object run_limits(json::object limits) {
  return {{"limits", {{"run", std::move(limits)}}}};
}

INSTANTIATE_TEST_SUITE_P(
    All, ApiOutcomes,
    ::testing::Values(
        Case{"ok", {}, "hello.go", {}, "ok"}, Case{"exited", {}, "exited.go", {}, "exited"},
        Case{"deadlock", {}, "deadlock.go", {}, "exited"},
        Case{"signaled", {}, "signaled.go", {}, "signaled"},
        Case{"compile_error", {}, "compile_error.go", {}, "compile_error"},
        Case{"oom", {"--memory", "64M"}, "oom.go", run_limits({{"memory_bytes", 64 << 20}}), "oom"},
        Case{"oom_child",
             {"--memory", "64M"},
             "oom_child.go",
             run_limits({{"memory_bytes", 64 << 20}}),
             "oom"},
        Case{"timeout",
             {"--run-timeout", "1s"},
             "timeout_sleep.go",
             run_limits({{"wall_ms", 1000}}),
             "timeout"},
        Case{"cpu_limit",
             {"--cpu-time", "300ms"},
             "timeout.go",
             run_limits({{"cpu_ms", 300}}),
             "timeout"},
        Case{"total",
             {"--total-timeout", "1s"},
             "timeout_sleep.go",
             {{"limits", {{"total_ms", 1000}}}},
             "timeout"},
        Case{"output_limit",
             {"--output", "64K"},
             "output_limit.go",
             run_limits({{"output_bytes", 64 << 10}}),
             "output_limit"},
        Case{"pids_limit",
             {"--pids", "32"},
             "pids_limit.go",
             run_limits({{"pids", 32}}),
             "pids_limit"},
        Case{"policy_violation",
             {"--policy", "strict"},
             "policy_violation.go",
             {{"policy", "strict"}},
             "policy_violation"},
        Case{"race_detected", {"--race"}, "race_detected.go", {{"race", true}}, "race_detected"},
        Case{"leaked_processes", {}, "leaked_processes.go", {}, "leaked_processes"},
        Case{"tests_pass", {}, "tests_pass", {}, "ok"},
        Case{"tests_fail", {}, "tests_fail", {}, "exited"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(ApiOutcome, AnotherPackageThanMainDoesNotCompile) {
  const ApiServer server;
  const json::object result = server.run({{"source", "package other\n"}});
  EXPECT_EQ(text_of(result, "outcome"), "compile_error");
  EXPECT_EQ(text_of(result, "stage"), "compile");
  EXPECT_NE(text_of(result, "stderr").find("package name must be main"), std::string::npos);
}

}  // namespace
}  // namespace gobox::tests
