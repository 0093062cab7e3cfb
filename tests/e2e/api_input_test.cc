// SPDX-License-Identifier: Apache-2.0

// POST /v1/runs/{id}/stdin: a program that asks is answered while it runs. And the list of runs.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr std::size_t kPipe = std::size_t{64} << 10;

class ApiInput : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static std::string start(json::object body) {
    body["stdin_open"] = true;
    return server_->submit(body);
  }

  static json::object feed(const std::string& id, const std::string& text,
                           const std::string& query = "") {
    const ApiAnswer answer =
        server_->post("/v1/runs/" + id + "/stdin" + query, text, "application/octet-stream");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }

  static void await_output(const std::string& id, const std::string& text) {
    std::string seen;
    events_of(*server_, id, {}, [&](const ServerEvent& event) {
      if (event.kind == "stdout") seen += text_of(json::parse(event.data).as_object(), "text");
      return seen.find(text) != std::string::npos || event.kind == "result";
    });
    EXPECT_THAT(seen, HasSubstr(text));
  }

  static ApiServer* server_;
};

ApiServer* ApiInput::server_ = nullptr;

json::object asker() {
  return program(
      "in := bufio.NewScanner(os.Stdin)\nfmt.Println(\"name?\")\n"
      "for in.Scan() { fmt.Println(\"hello \" + in.Text()) }\nfmt.Println(\"bye\")",
      {"bufio", "fmt", "os"});
}

TEST_F(ApiInput, AnswersAProgramThatAsks) {
  const std::string id = start(asker());
  await_output(id, "name?\n");
  EXPECT_EQ(feed(id, "Ann\n").at("accepted_bytes").as_int64(), 4);
  await_output(id, "hello Ann\n");
  EXPECT_FALSE(feed(id, "Bob\n", "?eof=true").at("open").as_bool());
  const json::object result = server_->result_of(id);
  EXPECT_EQ(text_of(result, "stdout"), "name?\nhello Ann\nhello Bob\nbye\n");
  EXPECT_EQ(text_of(result, "outcome"), "ok");
  EXPECT_EQ(server_->post("/v1/runs/" + id + "/stdin", "late").status, 404);
}

TEST_F(ApiInput, StartsWithWhatTheRequestHolds) {
  json::object body = asker();
  body["stdin"] = "first\n";
  const std::string id = start(body);
  feed(id, "second\n", "?eof=true");
  EXPECT_EQ(text_of(server_->result_of(id), "stdout"), "name?\nhello first\nhello second\nbye\n");
}

TEST_F(ApiInput, IsBoundedWhereNobodyReads) {
  const std::string id = start(program("time.Sleep(time.Hour)", {"time"}));
  const std::string much(std::size_t{1} << 20, 'x');
  std::size_t taken = 0;
  for (int i = 0; i < 5; ++i) {
    const json::object answer = feed(id, much, "?eof=true");
    taken += static_cast<std::size_t>(answer.at("accepted_bytes").as_int64());
    EXPECT_TRUE(answer.at("open").as_bool()) << "the end cannot come before the rest";
  }
  EXPECT_LE(taken, kPipe);
  server_->remove("/v1/runs/" + id);
  EXPECT_EQ(text_of(server_->result_of(id), "outcome"), "canceled");
}

TEST_F(ApiInput, DoesNotKeepAProgramAliveThatReadsForEver) {
  json::object body = asker();
  body["limits"] = {{"run", {{"wall_ms", 500}}}};
  const std::string id = start(body);
  EXPECT_EQ(text_of(server_->result_of(id), "outcome"), "timeout");
}

TEST_F(ApiInput, IsRefusedWhereItCannotBe) {
  json::object body = asker();
  body["stdin_open"] = true;
  EXPECT_EQ(server_->post("/v1/runs", body).status, 422);
  body["stdin"] = std::string(kPipe + 1, 'x');
  EXPECT_EQ(server_->post("/v1/runs?wait=false", body).status, 422);
  const std::string closed = server_->submit(program("time.Sleep(time.Second)", {"time"}));
  EXPECT_EQ(server_->post("/v1/runs/" + closed + "/stdin", "x").status, 409);
  server_->remove("/v1/runs/" + closed);
}

TEST_F(ApiInput, LeavesTheListToWhoWantsIt) {
  const std::string id = server_->submit(program("time.Sleep(time.Hour)", {"time"}));
  const auto listed = [&](const std::string& query) {
    return server_->get("/v1/runs" + query).body.find(id) != std::string::npos;
  };
  EXPECT_TRUE(listed(""));
  EXPECT_FALSE(listed("?state=finished"));
  server_->remove("/v1/runs/" + id);
  server_->result_of(id);
  EXPECT_TRUE(listed("?state=finished"));
  EXPECT_FALSE(listed("?state=running"));
  EXPECT_EQ(server_->get("/v1/runs?state=lost").status, 422);
}

TEST_F(ApiInput, GivesMoreThanTheDefaultToWhoAsks) {
  json::object body = program("fmt.Print(os.Getenv(\"GOMEMLIMIT\"))", {"fmt", "os"});
  body["limits"] = {{"total_ms", 30000},
                    {"run", {{"memory_bytes", 512 << 20}, {"wall_ms", 20000}}}};
  const json::object result = server_->run(body);
  const json::object& stage = result.at("stages").as_array().back().as_object();
  EXPECT_EQ(stage.at("memory_limit_bytes").to_number<std::int64_t>(), 512 << 20);
  EXPECT_EQ(stage.at("wall_limit_ms").to_number<std::int64_t>(), 20000);
  body["limits"] = {{"run", {{"memory_bytes", (std::int64_t{1} << 30) + 1}}}};
  const ApiAnswer refused = server_->post("/v1/runs", body);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("more than the policy grants"));
  body["policy"] = "strict";
  body["limits"] = {{"run", {{"memory_bytes", (256 << 20) + 1}}}};
  EXPECT_EQ(server_->post("/v1/runs", body).status, 422) << "strict grants nothing more";
}

TEST(ApiVisitors, TakeTurnsByAddress) {
  ApiServer server(
      {"--anonymous", "concurrency=1", "policies=default", "--trusted-proxy", "127.0.0.1"});
  const auto as = [](const std::string& address) {
    return Headers{{"X-Forwarded-For", "10.9.9.9, " + address}};
  };
  const std::string slow = json::serialize(program("time.Sleep(time.Hour)", {"time"}));
  const auto submit = [&](const std::string& address) {
    const ApiAnswer answer =
        server.post("/v1/runs?wait=false", slow, "application/json", as(address));
    EXPECT_EQ(answer.status, 202) << answer.body;
    return text_of(answer.json(), "id");
  };
  const std::string first = submit("192.0.2.1");
  const std::string second = submit("192.0.2.1");
  const std::string other = submit("192.0.2.2");
  const auto state = [&](const std::string& id, const std::string& address) {
    return text_of(server.get("/v1/runs/" + id, as(address)).json(), "state");
  };
  EXPECT_TRUE(eventually([&] { return state(other, "192.0.2.2") == "running"; }));
  EXPECT_EQ(state(first, "192.0.2.1"), "running");
  EXPECT_EQ(state(second, "192.0.2.1"), "queued");
  EXPECT_EQ(server.get("/v1/runs/" + first, as("192.0.2.2")).status, 404);
  EXPECT_EQ(server.get("/v1/runs", as("192.0.2.1")).status, 403);
  json::object strict = program("print(1)");
  strict["policy"] = "strict";
  EXPECT_EQ(server.post("/v1/runs", strict, as("192.0.2.3")).status, 403);
}

}  // namespace
}  // namespace gobox::tests
