// SPDX-License-Identifier: Apache-2.0

// Who may call: tokens, what each of them grants, and that no one starves or sees another.

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
using ::testing::Not;

std::string token_hash(const std::string& secret) {
  CommandOptions options;
  options.input = secret + "\n";
  const CommandResult result = run_command({GOBOX_SANDBOX_API, "hash-token"}, options);
  EXPECT_EQ(result.status, 0) << result.err;
  return result.out.substr(0, result.out.find('\n'));
}

Headers bearer(const std::string& secret) {
  return {{"Authorization", "Bearer " + secret}};
}

class ApiTokens : public ::testing::Test {
 protected:
  ApiTokens() {
    tokens_.write("tokens", "# who may call\nalice:" + token_hash("alices-secret") + "\n\n" +
                                "bob:" + token_hash("bobs-secret") +
                                " concurrency=1 policies=strict\n");
  }

  std::vector<std::string> flags(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--tokens-file", tokens_ / "tokens"});
    return more;
  }

  ScratchDirectory tokens_;
  const Headers alice_ = bearer("alices-secret");
  const Headers bob_ = bearer("bobs-secret");
};

json::object token_sleeper() {
  return program("time.Sleep(time.Hour)", {"time"});
}

TEST_F(ApiTokens, AreAskedForAndCompared) {
  const ApiServer server(flags());
  const json::object body = program("print(1)");
  const ApiAnswer without = server.post("/v1/runs", body);
  EXPECT_EQ(without.status, 401);
  EXPECT_EQ(without.header("WWW-Authenticate"), "Bearer");
  for (const Headers& wrong :
       {bearer("alices-secreT"), bearer(""), bearer("alice"), bearer(token_hash("alices-secret")),
        Headers{{"Authorization", "Basic alices-secret"}}}) {
    EXPECT_EQ(server.post("/v1/runs", body, wrong).status, 401);
  }
  EXPECT_EQ(server.post("/v1/runs", body, alice_).status, 200);
  for (const char* path :
       {"/v1/toolchains", "/v1/policies", "/metrics", "/version", "/v1/runs/x"}) {
    EXPECT_EQ(server.get(path).status, 401) << path;
  }
  // Whoever watches over the server has no token.
  for (const char* path : {"/healthz", "/readyz", "/_ah/health", "/openapi.json"}) {
    EXPECT_EQ(server.get(path).status, 200) << path;
  }
}

TEST_F(ApiTokens, AreNeverLogged) {
  tokens_.write("settings", "");
  ApiServer server(flags({"--drain-timeout", "1s"}));
  server.post("/v1/runs", program("print(1)"), alice_);
  server.post("/v1/runs", program("print(1)"), bearer("a-wrong-secret"));
  EXPECT_THAT(server.log(), Not(HasSubstr("secret")));
}

TEST_F(ApiTokens, GrantThePoliciesTheyName) {
  const ApiServer server(flags());
  const ApiAnswer refused = server.post("/v1/runs", program("print(1)"), bob_);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(text_of(refused.json(), "pointer"), "/policy");
  json::object strict = program("print(1)");
  strict["policy"] = "strict";
  EXPECT_EQ(server.post("/v1/runs", strict, bob_).status, 200);
}

TEST_F(ApiTokens, GrantThePlaygroundsCallsTheSame) {
  const ApiServer server(flags());
  const std::string form = "body=package+main%0afunc+main()+{}";
  constexpr const char* kFormType = "application/x-www-form-urlencoded";
  for (const char* path : {"/compile", "/vet", "/fmt", "/_/compile", "/_/fmt"}) {
    const ApiAnswer refused = server.post(path, form, kFormType, bob_);
    EXPECT_EQ(refused.status, 403) << path << refused.body;
    EXPECT_EQ(server.post(path, form, kFormType, alice_).status, 200) << path;
  }
  const ApiServer strict(flags({"--playground-policy", "strict"}));
  for (const char* path : {"/compile", "/fmt"}) {
    EXPECT_EQ(strict.post(path, form, kFormType, bob_).status, 200) << path;
  }
}

// The right was there when the run was accepted, and was taken away before the restart.
TEST_F(ApiTokens, AreLookedAtAgainAfterARestart) {
  ApiServer server(flags({"--workers", "1"}));
  const std::string running = server.submit(token_sleeper(), alice_);
  const std::string waiting = server.submit(program("print(1)"), alice_);
  tokens_.write("tokens", "alice:" + token_hash("alices-secret") + " policies=strict\n");
  server.kill_and_restart();
  for (const std::string& id : {running, waiting}) {
    const json::object result = server.result_of(id, alice_);
    EXPECT_EQ(text_of(result, "outcome"), "sandbox_error");
    EXPECT_THAT(text_of(result, "message"), HasSubstr("may not use the policy"));
  }
}

TEST_F(ApiTokens, HideTheRunsOfOthers) {
  const ApiServer server(flags());
  const std::string id = server.submit(token_sleeper(), alice_);
  for (const std::string& path : {"/v1/runs/" + id, "/v1/runs/" + id + "/events"}) {
    EXPECT_EQ(server.get(path, bob_).status, 404) << path;
  }
  EXPECT_EQ(server.remove("/v1/runs/" + id, bob_).status, 404);
  EXPECT_EQ(server.get("/v1/runs/" + id, alice_).status, 200);
  EXPECT_EQ(server.remove("/v1/runs/" + id, alice_).status, 202);
  EXPECT_EQ(text_of(server.result_of(id, alice_), "outcome"), "canceled");
  EXPECT_EQ(server.get("/v1/runs/" + id, bob_).status, 404) << "from the store";
}

TEST_F(ApiTokens, DoNotShareCompiles) {
  tokens_.write("tokens", "alice:" + token_hash("alices-secret") +
                              "\nbob:" + token_hash("bobs-secret") + "\n");
  const ApiServer server(flags());
  const json::object body = program("print(\"same\", " + std::to_string(::getpid()) + ")");
  const auto cached = [&](const Headers& caller) {
    return server.post("/v1/runs", body, caller).json().at("cached").at("compile").as_bool();
  };
  EXPECT_FALSE(cached(alice_));
  EXPECT_FALSE(cached(bob_));
  EXPECT_TRUE(cached(bob_));
}

TEST_F(ApiTokens, BoundWhatOneCallerRunsAtATime) {
  const ApiServer server(flags({"--workers", "2"}));
  json::object body = token_sleeper();
  body["policy"] = "strict";
  const std::string first = server.submit(body, bob_);
  const auto state = [&](const std::string& id) {
    return text_of(server.get("/v1/runs/" + id, bob_).json(), "state");
  };
  ASSERT_TRUE(eventually([&] { return state(first) == "running"; }));
  const std::string second = server.submit(body, bob_);
  // A worker is free, and alice's is taken past bob's.
  EXPECT_EQ(server.post("/v1/runs", program("print(1)"), alice_).status, 200);
  EXPECT_EQ(state(second), "queued");
  for (const std::string& id : {first, second}) server.remove("/v1/runs/" + id, bob_);
  server.result_of(second, bob_);
}

TEST_F(ApiTokens, AThousandJobsOfOneDoNotStarveTheOther) {
  tokens_.write("tokens", "alice:" + token_hash("alices-secret") +
                              "\nbob:" + token_hash("bobs-secret") + "\n");
  const std::size_t jobs = scale_of("GOBOX_TEST_FAIRNESS", 60);
  const ApiServer server(flags({"--workers", "1", "--queue-length", "20"}));
  const std::string blocker = server.submit(token_sleeper(), alice_);
  std::vector<std::string> ids;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < jobs; ++i) {
    const ApiAnswer answer = server.post("/v1/runs?wait=false", program("print(1)"), alice_);
    if (answer.status == 202) ids.push_back(text_of(answer.json(), "id"));
    refused += answer.status == 429 ? 1U : 0U;
  }
  EXPECT_EQ(ids.size() + refused, jobs);
  EXPECT_GT(refused, 0U);
  // The queue is full of alice's, and bob has a place in it, the first that comes free.
  const std::string bobs = server.submit(program("print(2)"), bob_);
  EXPECT_LE(std::atoi(text_of(server.get("/v1/runs/" + bobs, bob_).json(), "position").c_str()), 2);
  server.remove("/v1/runs/" + blocker, alice_);
  EXPECT_EQ(text_of(server.result_of(bobs, bob_), "outcome"), "ok");
  std::size_t waiting = 0;
  for (const std::string& id : ids) {
    waiting += server.get("/v1/runs/" + id, alice_).json().contains("outcome") ? 0U : 1U;
  }
  EXPECT_GT(waiting, ids.size() / 2) << "bob's ended before most of alice's";
  for (const std::string& id : ids) server.remove("/v1/runs/" + id, alice_);
}

TEST_F(ApiTokens, OfABadFileAreRefusedWithTheLine) {
  const std::string digest = token_hash("x");

  const struct {
    std::string text;
    const char* says;
  } cases[] = {{"alice\n", "tokens:1"},
               {"alice:abc\n", "tokens:1"},
               {"#\nalice:" + digest + " speed=1\n", "tokens:2"},
               {"alice:" + digest + " concurrency=0\n", "concurrency"},
               {"alice:" + digest + " policies=default,strct\n", "\"strct\", which does not exist"},
               {"alice:" + digest + " policies=default,,strict\n", "does not exist"},
               {"alice:" + digest + "\nalice:" + digest + "\n", "twice"},
               {"\n", "names no caller"}};

  for (const auto& [text, says] : cases) {
    tokens_.write("tokens", text);
    const CommandResult result =
        run_command({GOBOX_SANDBOX_API, "--address", "127.0.0.1:0", "--data-dir", tokens_ / "data",
                     "--tokens-file", tokens_ / "tokens"});
    EXPECT_EQ(result.status, 2) << text;
    EXPECT_THAT(result.err, HasSubstr(says));
  }
  EXPECT_EQ(run_command({GOBOX_SANDBOX_API, "hash-token"}).status, 2) << "no secret at all";
}

TEST(ApiOptions, StrangersAreNotLetInWithoutTokens) {
  const ScratchDirectory scratch;
  for (const char* address : {"0.0.0.0:0", "[::]:0", ":0"}) {
    const CommandResult result =
        run_command({GOBOX_SANDBOX_API, "--data-dir", scratch / "data", "--address", address});
    EXPECT_EQ(result.status, 2) << address;
    EXPECT_THAT(result.err, HasSubstr("--tokens-file"));
  }
}

TEST(ApiOptions, RefuseWhatIsNoLimit) {
  const ScratchDirectory scratch;
  for (const char* flag :
       {"--workers", "--queue-length", "--memory-budget", "--body-cap", "--drain-timeout",
        "--results-cap", "--results-age", "--compile-cache"}) {
    for (const char* value : {"-1", "nan", "1e99", "10parsecs", ""}) {
      const CommandResult result = run_command(
          {GOBOX_SANDBOX_API, "--data-dir", scratch / "data", std::string(flag) + "=" + value});
      EXPECT_EQ(result.status, 2) << flag << "=" << value;
      EXPECT_THAT(result.err, HasSubstr(flag));
    }
  }
  for (const char* flag : {"--workers", "--queue-length", "--memory-budget", "--body-cap"}) {
    EXPECT_EQ(run_command({GOBOX_SANDBOX_API, "--data-dir", scratch / "data", flag, "0"}).status, 2)
        << flag;
  }
  for (const char* address : {"nowhere", "127.0.0.1:65536", "127.0.0.1:x", "::1:80"}) {
    const CommandResult result =
        run_command({GOBOX_SANDBOX_API, "--data-dir", scratch / "data", "--address", address});
    EXPECT_EQ(result.status, 2) << address;
    EXPECT_THAT(result.err, HasSubstr("--address"));
  }
  EXPECT_EQ(run_command({GOBOX_SANDBOX_API, "--no-such-flag"}).status, 2);
}

TEST(ApiOptions, ComeFromTheEnvironmentTooAndAFlagWins) {
  ::setenv("SANDBOX_API_QUEUE_LENGTH", "0", 1);
  const ScratchDirectory scratch;
  const CommandResult refused = run_command({GOBOX_SANDBOX_API, "--data-dir", scratch / "data"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("--queue-length"));
  const ApiServer server({"--queue-length", "3"});
  ::unsetenv("SANDBOX_API_QUEUE_LENGTH");
  EXPECT_EQ(server.get("/healthz").status, 200);
}

TEST(ApiOptions, AVariableThatIsNoSettingIsRefused) {
  const ScratchDirectory scratch;
  CommandOptions options;
  options.environment = {"SANDBOX_API_QUEUE_LENGHT=3"};
  const CommandResult refused = run_command(
      {GOBOX_SANDBOX_API, "--address", "127.0.0.1:0", "--data-dir", scratch / "data"}, options);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("SANDBOX_API_QUEUE_LENGHT"));
  // What Kubernetes sets where a service is called sandbox-api.
  ::setenv("SANDBOX_API_SERVICE_HOST", "10.0.0.1", 1);
  ::setenv("SANDBOX_API_PORT_8080_TCP_ADDR", "10.0.0.1", 1);
  const ApiServer server;
  ::unsetenv("SANDBOX_API_SERVICE_HOST");
  ::unsetenv("SANDBOX_API_PORT_8080_TCP_ADDR");
  EXPECT_EQ(server.get("/healthz").status, 200);
}

}  // namespace
}  // namespace gobox::tests
