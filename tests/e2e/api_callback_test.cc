// SPDX-License-Identifier: Apache-2.0

// "callback": the result is posted to where its caller wants it, signed, again where it was not
// taken, and only to whom the operator allows.

#include <boost/json.hpp>

#include "api/callback/callback_signature.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/receiver.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr const char* kSecret = "a secret of the tests' own";
constexpr std::chrono::seconds kPatience{30};

class ApiCallback : public ::testing::Test {
 protected:
  ApiCallback() { scratch_.write("secret", std::string(kSecret) + "\n"); }

  ApiServer& serve(const std::string& allowed) {
    server_.emplace(std::vector<std::string>{"--callback-secret", scratch_ / "secret",
                                             "--allow-callbacks", allowed});
    return *server_;
  }

  static std::string host_of(const Receiver& receiver, const std::string& name = "127.0.0.1") {
    return name + ":" + std::to_string(receiver.port());
  }

  static json::object greeter(const std::string& url) {
    json::object body = program("fmt.Println(\"hi\")", {"fmt"});
    body["callback"] = url;
    return body;
  }

  // Asks until the posting of the run's result is `state`; all that is said about it.
  json::object await_state(const std::string& id, const std::string& state, unsigned attempts = 0) {
    json::object result;
    json::object is;
    const auto reached = [&] {
      result = server_->get("/v1/runs/" + id).json();
      const json::value* const callback = result.if_contains("callback");
      if (callback == nullptr || !callback->is_object()) return false;
      is = callback->as_object();
      const auto made = static_cast<unsigned>(is.at("attempts").as_int64());
      return text_of(is, "state") == state && made >= attempts;
    };
    if (eventually(reached, kPatience)) return is;
    ADD_FAILURE() << "never " << state << ": " << json::serialize(result);
    return {{"attempts", 0}, {"status", nullptr}, {"message", nullptr}, {"url", ""}};
  }

  ScratchDirectory scratch_;
  std::optional<ApiServer> server_;
};

TEST_F(ApiCallback, PostsTheResultSigned) {
  Receiver receiver;
  serve(host_of(receiver));
  const std::string url = "http://" + host_of(receiver) + "/hook?job=1";
  const std::string id = server_->submit(greeter(url));
  const auto posts = receiver.await(1);
  ASSERT_EQ(posts.size(), 1U);
  auto headers = posts[0].headers;
  EXPECT_EQ(posts[0].line, "POST /hook?job=1 HTTP/1.1");
  EXPECT_EQ(headers["content-type"], "application/json");
  EXPECT_EQ(headers["webhook-id"], id);
  EXPECT_EQ(headers["webhook-signature"],
            api::callback_signature(kSecret, id, headers["webhook-timestamp"], posts[0].body));
  const json::object result = json::parse(posts[0].body).as_object();
  EXPECT_EQ(text_of(result, "id"), id);
  EXPECT_EQ(text_of(result, "stdout"), "hi\n");
  const json::object state = await_state(id, "delivered");
  EXPECT_EQ(text_of(state, "url"), url);
  EXPECT_EQ(state.at("attempts").as_int64(), 1);
  EXPECT_EQ(state.at("status").as_int64(), 204);
  EXPECT_TRUE(state.at("message").is_null());
  EXPECT_EQ(server_->metric("sandbox_callbacks_total{result=\"delivered\"}"), 1);
  EXPECT_EQ(server_->metric("sandbox_callbacks_waiting"), 0);
}

TEST_F(ApiCallback, PostsOfARunThatWasWaitedForToo) {
  Receiver receiver;
  serve(host_of(receiver));
  const json::object result = server_->run(greeter("http://" + host_of(receiver) + "/"));
  EXPECT_TRUE(result.at("callback").is_object());
  EXPECT_EQ(receiver.await(1)[0].headers["webhook-id"], text_of(result, "id"));
  const json::object quiet = server_->run(program("", {}));
  EXPECT_TRUE(quiet.at("callback").is_null());
}

TEST_F(ApiCallback, ComesAgainWhereItWasNotTaken) {
  Receiver receiver({"HTTP/1.1 503 Service Unavailable"});
  serve(host_of(receiver));
  const std::string id = server_->submit(greeter("http://" + host_of(receiver) + "/"));
  const json::object waiting = await_state(id, "waiting", 1);
  EXPECT_EQ(waiting.at("status").as_int64(), 503);
  EXPECT_THAT(text_of(waiting, "message"), HasSubstr("503"));
  EXPECT_EQ(server_->metric("sandbox_callbacks_waiting"), 1);
  EXPECT_EQ(receiver.await(2)[1].headers["webhook-id"], id);
  EXPECT_EQ(await_state(id, "delivered").at("attempts").as_int64(), 2);
  EXPECT_EQ(server_->metric("sandbox_callbacks_total{result=\"retried\"}"), 1);
}

TEST_F(ApiCallback, FollowsNoRedirectAndTakesNoForAnAnswer) {
  Receiver elsewhere;
  Receiver receiver({"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://" + host_of(elsewhere),
                     "HTTP/1.1 404 Not Found"});
  serve(host_of(receiver) + "," + host_of(elsewhere));
  const std::string url = "http://" + host_of(receiver) + "/";
  const json::object sent_away = await_state(server_->submit(greeter(url)), "failed");
  EXPECT_EQ(sent_away.at("status").as_int64(), 307);
  EXPECT_THAT(text_of(sent_away, "message"), HasSubstr("redirects are not followed"));
  const json::object unknown = await_state(server_->submit(greeter(url)), "failed");
  EXPECT_EQ(unknown.at("status").as_int64(), 404);
  EXPECT_EQ(receiver.await(2).size(), 2U);
  EXPECT_EQ(elsewhere.await(0).size(), 0U);
}

// Names that end in .localhost are this machine's (RFC 6761), whoever made them up.
TEST_F(ApiCallback, DoesNotGoWhereANameLeadsToThisMachine) {
  Receiver receiver;
  serve(host_of(receiver, "ci.localhost"));
  const std::string url = "http://" + host_of(receiver, "ci.localhost") + "/";
  const json::object state = await_state(server_->submit(greeter(url)), "failed");
  EXPECT_THAT(text_of(state, "message"), HasSubstr("not posted to"));
  EXPECT_EQ(receiver.await(0).size(), 0U);
}

TEST_F(ApiCallback, IsRefusedWhereTheOperatorDoesNotAllowIt) {
  serve("ci.example.org");
  for (const char* url : {"http://127.0.0.1:1/", "https://ci.example.org:1/", "ci.example.org"}) {
    const ApiAnswer answer = server_->post("/v1/runs", greeter(url));
    EXPECT_EQ(answer.status, 422) << url;
    EXPECT_EQ(text_of(answer.json(), "pointer"), "/callback");
  }
  json::object number = program("", {});
  number["callback"] = 1;
  EXPECT_EQ(text_of(server_->post("/v1/runs", number).json(), "pointer"), "/callback");
  server_.emplace();
  const ApiAnswer answer = server_->post("/v1/runs", greeter("https://ci.example.org/"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(text_of(answer.json(), "detail"), HasSubstr("not posted from here"));
}

TEST_F(ApiCallback, IsPostedByTheNextServerWhereThisOneIsKilled) {
  Receiver receiver({""});
  serve(host_of(receiver));
  const std::string id = server_->submit(greeter("http://" + host_of(receiver) + "/"));
  await_state(id, "waiting", 1);
  server_->kill_and_restart();
  EXPECT_EQ(receiver.await(2)[1].headers["webhook-id"], id);
  await_state(id, "delivered");
}

// Nobody listens there: each result waits for its next attempt, and runs go on as ever.
TEST_F(ApiCallback, HoldsNothingUpAndIsBoundedForEachCaller) {
  constexpr int kMost = 100;
  serve("127.0.0.1:1");
  const json::object body = greeter("http://127.0.0.1:1/");
  for (int i = 0; i < kMost; ++i) ASSERT_EQ(server_->post("/v1/runs", body).status, 200) << i;
  const ApiAnswer refused = server_->post("/v1/runs", body);
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.header("retry-after"), "");
  EXPECT_EQ(text_of(refused.json(), "pointer"), "/callback");
  EXPECT_EQ(server_->post("/v1/runs", program("", {})).status, 200);
}

TEST(ApiCallbackSettings, AreCheckedAtTheStart) {
  const ScratchDirectory scratch;
  scratch.write("short", "secret\n");
  const auto start = [&](const Words& more) {
    Words words{GOBOX_SANDBOX_API, "--address", "127.0.0.1:0", "--data-dir", scratch / "data"};
    words.insert(words.end(), more.begin(), more.end());
    return run_command(words);
  };
  const CommandResult host = start({"--allow-callbacks", "https://ci.example.org"});
  EXPECT_EQ(host.status, 2);
  EXPECT_THAT(host.err, HasSubstr("--allow-callbacks"));
  const CommandResult secret =
      start({"--allow-callbacks", "ci.example.org", "--callback-secret", scratch / "short"});
  EXPECT_NE(secret.status, 0);
  EXPECT_THAT(secret.err, HasSubstr("--callback-secret"));
}

}  // namespace
}  // namespace gobox::tests
