// SPDX-License-Identifier: Apache-2.0

// What the server tells those who watch over it: metrics, health and logs.

#include <signal.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

TEST(ApiMetrics, CountWhatHappened) {
  const ApiServer server;
  const json::object hello = program("print(1)");
  server.run(hello);
  server.run(hello);
  server.run(program("os.Exit(3)", {"os"}));
  server.run(program("undefined"));
  server.run(program("exec.Command(\"/bin/sleep\", \"1000\").Start()", {"os/exec"}));
  json::object hungry =
      program("b := make([]byte, 200<<20); for i := range b { b[i] = 1 }; println(len(b))");
  hungry["limits"] = {{"run", {{"memory_bytes", 32 << 20}}}};
  EXPECT_EQ(text_of(server.run(hungry), "outcome"), "oom");

  const auto runs = [&](const char* outcome, const char* stage) {
    return server.metric(std::string("sandbox_runs_total{outcome=\"") + outcome + "\",stage=\"" +
                         stage + "\"}");
  };
  EXPECT_EQ(runs("ok", "run"), 2);
  EXPECT_EQ(runs("exited", "run"), 1);
  EXPECT_EQ(runs("compile_error", "compile"), 1);
  EXPECT_EQ(runs("leaked_processes", "run"), 1);
  EXPECT_EQ(runs("oom", "run"), 1);
  EXPECT_EQ(runs("sandbox_error", "run"), 0) << "there before it happens";
  EXPECT_GE(server.metric("sandbox_oom_kills_total").value_or(0), 1);
  EXPECT_EQ(server.metric("sandbox_leaked_processes_total"), 1);
  EXPECT_EQ(server.metric("sandbox_compile_cache_total{result=\"hit\"}"), 1);
  EXPECT_EQ(server.metric("sandbox_compile_cache_total{result=\"miss\"}"), 5);
  EXPECT_EQ(server.metric("sandbox_queue_wait_seconds_count"), 6);
  EXPECT_EQ(server.metric("sandbox_stage_seconds_count{stage=\"run\"}"), 5);
  EXPECT_EQ(server.metric("sandbox_setup_seconds_count{stage=\"run\"}"), 5);
  EXPECT_EQ(server.metric(
                "sandbox_http_requests_total{method=\"POST\",route=\"/v1/runs\",status=\"200\"}"),
            6);
  for (const char* gauge :
       {"sandbox_queue_length", "sandbox_runs_running", "sandbox_cgroups", "sandbox_pool_parked",
        "sandbox_store_bytes", "process_open_fds", "process_resident_memory_bytes"}) {
    EXPECT_TRUE(server.metric(gauge).has_value()) << gauge;
  }
  EXPECT_GT(server.metric("process_resident_memory_bytes").value_or(0), 1e6);
  EXPECT_GT(server.metric("process_open_fds").value_or(0), 10);
}

TEST(ApiMetrics, ArePrometheusText) {
  const ApiServer server;
  server.run(program("print(1)"));
  const ApiAnswer answer = server.get("/metrics");
  EXPECT_THAT(answer.header("Content-Type"), HasSubstr("version=0.0.4"));
  std::set<std::string> typed;
  std::istringstream text(answer.body);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("# TYPE ")) typed.insert(line.substr(7, line.find(' ', 7) - 7));
    if (line.starts_with("#")) continue;
    std::string name = line.substr(0, line.find_first_of("{ "));
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
      if (name.ends_with(suffix) && !typed.contains(name))
        name.resize(name.size() - std::string(suffix).size());
    }
    EXPECT_TRUE(typed.contains(name)) << line;
    char* end = nullptr;
    std::strtod(line.c_str() + line.rfind(' '), &end);
    EXPECT_EQ(*end, '\0') << line;
  }
}

// A label per caller's path would grow without bound.
TEST(ApiMetrics, DoNotGrowWithWhatCallersMakeUp) {
  const ApiServer server;
  server.get("/v1/runs/x");
  server.get("/nothing");
  server.call("BREW", "/pot", "", {});
  server.get("/metrics");  // a scrape is a request too
  const std::size_t before = server.get("/metrics").body.size();
  for (int i = 0; i < 50; ++i) {
    server.get("/v1/runs/made-up-" + std::to_string(i));
    server.get("/made/up/" + std::to_string(i));
    server.call("BREW" + std::to_string(i), "/pot", "", {});
  }
  EXPECT_LT(server.get("/metrics").body.size(), before + 1000);
}

TEST(ApiHealth, SaysNoWhereNoSandboxCanBeMade) {
  const ScratchDirectory scratch;
  // Policies without the ones it needs: the server does not start.
  scratch.write("policies/base.json", "{}");
  const CommandResult result =
      run_command({GOBOX_SANDBOX_API, "--address", "127.0.0.1:0", "--data-dir", scratch / "data",
                   "--policy-dir", scratch / "policies"});
  EXPECT_NE(result.status, 0);
  EXPECT_THAT(result.err, HasSubstr("policies"));
}

TEST(ApiHealth, TriesASandbox) {
  const ApiServer server;
  EXPECT_EQ(server.get("/healthz").body, "{\"status\":\"ok\"}\n");
  EXPECT_EQ(server.get("/readyz").body, "{\"status\":\"ok\"}\n");
}

TEST(ApiLog, IsJsonWithTheRunsId) {
  const ApiServer server({"--quiet=false"});
  const std::string id = text_of(server.run(program("print(1)")), "id");
  ASSERT_TRUE(eventually([&] { return server.log().find(id) != std::string::npos; }));
  std::istringstream lines(server.log());
  std::size_t about_it = 0;
  for (std::string line; std::getline(lines, line);) {
    json::error_code failure;
    const json::value value = json::parse(line, failure);
    ASSERT_FALSE(failure) << line;
    for (const char* key : {"time", "level", "message"})
      EXPECT_TRUE(value.as_object().contains(key)) << line;
    about_it += text_of(value.as_object(), "run") == id ? 1U : 0U;
  }
  EXPECT_GE(about_it, 1U);
}

}  // namespace
}  // namespace gobox::tests
