// SPDX-License-Identifier: Apache-2.0

// How the server ends and comes back: kill -9 with runs in flight, SIGTERM, and what is kept for
// how long.

#include <signal.h>

#include <boost/json.hpp>
#include <thread>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;

json::object sleeper_of(const std::string& duration) {
  return program("time.Sleep(" + duration + "); print(\"rested\")", {"time"});
}

bool is_running(const ApiServer& server, const std::string& id) {
  return eventually([&] { return text_of(server.get("/v1/runs/" + id).json(), "stage") == "run"; },
                    std::chrono::seconds(30));
}

TEST(ApiRestart, AnAcceptedRunEndsInAResult) {
  ApiServer server({"--workers", "1"});
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(server.submit(sleeper_of("500*time.Millisecond")));
  ASSERT_TRUE(is_running(server, ids[0]));
  const pid_t before = server.pid();
  server.kill_and_restart();
  for (const std::string& id : ids) {
    const json::object result = server.result_of(id);
    EXPECT_EQ(text_of(result, "id"), id);
    EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
    EXPECT_EQ(text_of(result, "stderr"), "rested");
  }
  EXPECT_TRUE(eventually([&] { return groups_of(before).empty(); })) << "what the killed one left";
}

TEST(ApiRestart, ARunIsStartedAgainOnceAndThenGivenUp) {
  ApiServer server;
  const std::string id = server.submit(sleeper_of("time.Hour"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(is_running(server, id)) << "attempt " << i + 1;
    server.kill_and_restart();
  }
  const json::object result = server.result_of(id);
  EXPECT_EQ(text_of(result, "outcome"), "sandbox_error");
  EXPECT_THAT(text_of(result, "message"), ::testing::HasSubstr("2 attempts"));
  server.kill_and_restart();
  EXPECT_EQ(server.result_of(id), result) << "and that is final";
}

// Never a server whose every run fails: its service manager starts it again.
TEST(ApiRestart, WithoutItsLauncherTheServerEnds) {
  ApiServer server;
  const std::string tasks = "/proc/" + std::to_string(server.pid()) + "/task/";
  const auto children = read_file(tasks + std::to_string(server.pid()) + "/children");
  ASSERT_TRUE(children) << children.error().message;
  const pid_t launcher = std::stoi(*children);
  ASSERT_EQ(::kill(launcher, SIGKILL), 0);
  EXPECT_EQ(server.wait().status, 1);
  EXPECT_THAT(server.log(), ::testing::HasSubstr("launcher process died"));
  server.start();
  EXPECT_EQ(text_of(server.run(program("print(1)")), "outcome"), "ok");
}

TEST(ApiRestart, TwoServersDoNotShareADataDirectory) {
  const ApiServer server;
  const CommandResult second = run_command(
      {GOBOX_SANDBOX_API, "--address", "127.0.0.1:0", "--data-dir", server.data_directory()});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, ::testing::HasSubstr("in use"));
}

TEST(ApiDrain, FinishesWhatRunsRefusesWhatComesAndLeavesNothing) {
  ApiServer server;
  const pid_t pid = server.pid();
  ApiAnswer answer;
  std::thread waiting([&] { answer = server.post("/v1/runs", sleeper_of("2*time.Second")); });
  EXPECT_TRUE(eventually([&] { return server.metric("sandbox_runs_running") == 1; }));
  server.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return server.get("/readyz").status == 503; }));
  const ApiAnswer refused = server.post("/v1/runs", sleeper_of("0"));
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_FALSE(refused.header("Retry-After").empty());
  waiting.join();
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(text_of(answer.json(), "outcome"), "ok");
  EXPECT_EQ(server.wait().status, 0);
  EXPECT_TRUE(groups_of(pid).empty()) << ::testing::PrintToString(groups_of(pid));
}

TEST(ApiDrain, CancelsAtItsDeadlineAndTakesDurableRunsUpAgain) {
  ApiServer server({"--drain-timeout", "200ms"});
  const std::string durable = server.submit(sleeper_of("1500*time.Millisecond"));
  ASSERT_TRUE(is_running(server, durable));
  ApiAnswer answer;
  std::thread waiting([&] { answer = server.post("/v1/runs", sleeper_of("time.Hour")); });
  EXPECT_TRUE(eventually([&] { return server.metric("sandbox_runs_running") == 2; }));
  server.signal(SIGTERM);
  waiting.join();
  EXPECT_EQ(text_of(answer.json(), "outcome"), "canceled");
  const CommandResult ended = server.wait();
  EXPECT_EQ(ended.status, 0);
  server.start();
  EXPECT_EQ(text_of(server.result_of(durable), "outcome"), "ok");
}

TEST(ApiDrain, ASecondSignalEndsThePatience) {
  ApiServer server({"--drain-timeout", "10m"});
  const std::string id = server.submit(sleeper_of("time.Hour"));
  ASSERT_TRUE(is_running(server, id));
  server.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return server.get("/readyz").status == 503; }));
  server.signal(SIGTERM);
  const CommandResult ended = server.wait();
  EXPECT_EQ(ended.status, 0);
}

TEST(ApiKeeping, ResultsGoByAge) {
  const ApiServer server({"--results-age", "1s"});
  const std::string id = text_of(server.run(program("print(1)")), "id");
  EXPECT_TRUE(eventually([&] {
    server.run(program("print(2)"));
    return server.get("/v1/runs/" + id).status == 404;
  }));
}

TEST(ApiKeeping, ResultsGoByTotalSizeTheOldestFirst) {
  const ApiServer server({"--results-cap", "512K"});
  const json::object body = program("fmt.Print(strings.Repeat(\"x\", 30<<10))", {"fmt", "strings"});
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(text_of(server.run(body), "id"));
  EXPECT_EQ(server.get("/v1/runs/" + ids.front()).status, 404);
  EXPECT_EQ(server.get("/v1/runs/" + ids.back()).status, 200);
  EXPECT_LE(server.metric("sandbox_store_bytes").value_or(1e9), 512 << 10);
  EXPECT_GT(server.metric("sandbox_store_bytes").value_or(0), 0);
}

}  // namespace
}  // namespace gobox::tests
