// SPDX-License-Identifier: Apache-2.0

// Who may run when: the queue is bounded and fair, waiting costs no limit, and whoever leaves makes
// room.

#include <boost/json.hpp>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

json::object sleeper() {
  return program("time.Sleep(time.Hour)", {"time"});
}

std::string state_of(const ApiServer& server, const std::string& id, const char* key) {
  return text_of(server.get("/v1/runs/" + id).json(), key);
}

bool is_in_stage_run(const ApiServer& server, const std::string& id) {
  return eventually([&] { return state_of(server, id, "stage") == "run"; },
                    std::chrono::seconds(30));
}

TEST(ApiAdmission, ALongerQueueThanAllowedIsRefusedWithATimeToComeBack) {
  const ApiServer server({"--workers", "1", "--queue-length", "2"});
  const std::string running = server.submit(sleeper());
  ASSERT_TRUE(is_in_stage_run(server, running));
  const std::string first = server.submit(sleeper());
  const std::string second = server.submit(sleeper());
  EXPECT_EQ(state_of(server, first, "state"), "queued");
  EXPECT_EQ(state_of(server, first, "position"), "1");
  EXPECT_EQ(state_of(server, second, "position"), "2");
  for (const char* path : {"/v1/runs", "/v1/runs?wait=false"}) {
    const ApiAnswer refused = server.post(path, sleeper());
    EXPECT_EQ(refused.status, 429) << refused.body;
    EXPECT_GE(std::atoi(refused.header("Retry-After").c_str()), 1);
    EXPECT_EQ(refused.header("Content-Type"), "application/problem+json");
  }
  EXPECT_EQ(
      server.post("/compile", "body=package+main", "application/x-www-form-urlencoded").status,
      429);
  EXPECT_EQ(server.metric("sandbox_refusals_total{reason=\"queue_full\"}"), 3);
  EXPECT_EQ(server.metric("sandbox_queue_length"), 2);

  // One that waits can be ended too, and its place is free at once.
  EXPECT_EQ(server.remove("/v1/runs/" + second).status, 202);
  EXPECT_EQ(text_of(server.result_of(second), "outcome"), "canceled");
  const std::string third = server.submit(sleeper());
  for (const std::string& id : {running, first, third}) server.remove("/v1/runs/" + id);
  EXPECT_EQ(text_of(server.result_of(third), "outcome"), "canceled");
}

TEST(ApiAdmission, TimeInTheQueueIsToldAndCountsForNoLimit) {
  const ApiServer server({"--workers", "1"});
  const std::string before = server.submit(sleeper());
  ASSERT_TRUE(is_in_stage_run(server, before));
  json::object body = program("print(\"patient\")");
  body["limits"] = {{"total_ms", 3000}};
  const std::string id = server.submit(body);
  // Longer than its whole total limit.
  const auto since = Clock::now();
  ASSERT_TRUE(eventually([&] { return Clock::now() - since > std::chrono::milliseconds(3300); }));
  server.remove("/v1/runs/" + before);
  const json::object result = server.result_of(id);
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  EXPECT_GT(result.at("queued_ms").to_number<double>(), 3000);
  EXPECT_LT(result.at("total_ms").to_number<double>(), 3000);
}

// From the moment the caller hangs up until the worker is free again.
double seconds_to_free_the_slot(const ApiServer& server, bool waiting_only) {
  const std::string body = json::serialize(sleeper());
  UniqueFd socket = server.connect();
  EXPECT_TRUE(
      send_all(socket.get(),
               "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
               "Content-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body));
  const char* gauge = waiting_only ? "sandbox_queue_length" : "sandbox_runs_running";
  EXPECT_TRUE(eventually([&] { return server.metric(gauge) == 1; }));
  if (!waiting_only) {
    // In its program, not in the compiler.
    EXPECT_TRUE(eventually([&] {
      return server.metric("sandbox_setup_seconds_count{stage=\"compile\"}") >= 0 &&
             server.metric("sandbox_cgroups") >= 1;
    }));
  }
  const auto start = Clock::now();
  socket.reset();
  EXPECT_TRUE(eventually([&] { return server.metric(gauge) == 0; }));
  return std::chrono::duration<double>(Clock::now() - start).count();
}

TEST(ApiAdmission, ACallerWhoLeavesFreesTheSlot) {
  const ApiServer server({"--workers", "1"});
  server.run(sleeper().empty() ? json::object() : program("print(1)"));  // everything is warm
  std::vector<double> seconds;
  for (int i = 0; i < 5; ++i) seconds.push_back(seconds_to_free_the_slot(server, false));
  std::sort(seconds.begin(), seconds.end());
  RecordProperty("median_ms", std::to_string(seconds[2] * 1000));
  // 200 ms on a quiet machine; this one may be busy.
  EXPECT_LT(seconds[2], 1.0);
  EXPECT_EQ(text_of(server.run(program("print(2)")), "outcome"), "ok");
}

TEST(ApiAdmission, ACallerWhoLeavesTheQueueIsGone) {
  const ApiServer server({"--workers", "1"});
  const std::string running = server.submit(sleeper());
  ASSERT_TRUE(is_in_stage_run(server, running));
  EXPECT_LT(seconds_to_free_the_slot(server, true), 1.0);
  server.remove("/v1/runs/" + running);
  server.result_of(running);
}

TEST(ApiAdmission, RunsStartOnlyWhenTheirMemoryFits) {
  // The compile stage may take 1 GiB: two at a time do not fit.
  const ApiServer server({"--workers", "2", "--memory-budget", "1536M"});
  const std::string first = server.submit(sleeper());
  ASSERT_TRUE(is_in_stage_run(server, first));
  const std::string second = server.submit(program("print(2)"));
  EXPECT_EQ(state_of(server, second, "state"), "queued");
  json::object small = program("print(3)");
  small["limits"] = {{"compile", {{"memory_bytes", 256 << 20}}},
                     {"run", {{"memory_bytes", 64 << 20}}}};
  // Nobody overtakes: large runs would wait for ever.
  const std::string third = server.submit(small);
  EXPECT_EQ(state_of(server, third, "state"), "queued");
  server.remove("/v1/runs/" + first);
  EXPECT_EQ(text_of(server.result_of(second), "outcome"), "ok");
  EXPECT_EQ(text_of(server.result_of(third), "outcome"), "ok");
}

TEST(ApiAdmission, ARunThatCanNeverFitIsRefused) {
  const ApiServer server({"--memory-budget", "512M"});
  const ApiAnswer refused = server.post("/v1/runs", program("print(1)"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(text_of(refused.json(), "pointer"), "/limits");
  json::object body = program("print(1)");
  body["limits"] = {{"compile", {{"memory_bytes", 400 << 20}}}};
  EXPECT_EQ(text_of(server.run(body), "outcome"), "ok");
}

}  // namespace
}  // namespace gobox::tests
