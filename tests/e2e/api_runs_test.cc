// SPDX-License-Identifier: Apache-2.0

// POST, GET and DELETE of /v1/runs: what may be asked, and that the answer is the command's.

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

class ApiRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static json::object run(const json::object& body) { return server_->run(body); }

  static ApiServer* server_;
};

ApiServer* ApiRuns::server_ = nullptr;

json::object with(json::object object, const char* key, json::value value) {
  object[key] = std::move(value);
  return object;
}

TEST_F(ApiRuns, TakesASourceFilesAndAnArchive) {
  const std::string main = "package main\nfunc main() { print(word()) }\n";
  const std::string word = "package main\nfunc word() string { return \"split\" }\n";
  EXPECT_EQ(text_of(run(program("print(\"one\")")), "stderr"), "one");
  EXPECT_EQ(text_of(run({{"files", {{"main.go", main}, {"word.go", word}}}}), "stderr"), "split");
  const std::string archive = "-- main.go --\n" + main + "-- word.go --\n" + word;
  EXPECT_EQ(text_of(run({{"txtar", archive}}), "stderr"), "split");
}

TEST_F(ApiRuns, GivesTheProgramItsArgumentsEnvironmentAndInput) {
  json::object body = program(
      "all, _ := io.ReadAll(os.Stdin)\nfmt.Printf(\"%q %s %q\", os.Args[1:], "
      "os.Getenv(\"COLOUR\"), all)",
      {"fmt", "io", "os"});
  body["args"] = json::array{"a b", "", "ü"};
  body["env"] = json::object{{"COLOUR", "red"}};
  body["stdin"] = "AAH/";
  body["stdin_encoding"] = "base64";
  EXPECT_EQ(text_of(run(body), "stdout"), R"(["a b" "" "ü"] red "\x00\x01\xff")");
}

TEST_F(ApiRuns, BuildsTestsAndVets) {
  const json::object built = run(with(program("print(1)"), "kind", "build"));
  EXPECT_EQ(text_of(built, "outcome"), "ok");
  EXPECT_EQ(text_of(built, "stage"), "compile");

  const json::object tested =
      run({{"kind", "test"},
           {"files",
            {{"a_test.go",
              "package a\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Log(7) }\n"}}}});
  EXPECT_EQ(text_of(tested, "outcome"), "ok") << json::serialize(tested);
  EXPECT_EQ(text_of(tested, "stage"), "test");
  EXPECT_THAT(text_of(tested, "stdout"), HasSubstr("PASS"));

  const json::object vetted =
      run(with(program("fmt.Printf(\"%d\", \"no number\")", {"fmt"}), "vet", true));
  EXPECT_EQ(text_of(vetted, "outcome"), "ok");
  EXPECT_THAT(text_of(stage_of(vetted, "vet"), "stderr"), HasSubstr("%d"));
}

TEST_F(ApiRuns, LowersLimitsToWhatWasAsked) {
  json::object body = program("for {}");
  body["limits"] = {
      {"total_ms", 5000},
      {"compile", {{"memory_bytes", 900 << 20}}},
      {"run", {{"wall_ms", 400}, {"memory_bytes", 64 << 20}, {"pids", 40}, {"cpus", 0.5}}}};
  body["grace_ms"] = 0;
  body["network"] = "none";
  const json::object result = run(body);
  EXPECT_EQ(text_of(result, "outcome"), "timeout");
  EXPECT_EQ(text_of(result, "stage"), "run");
  const json::object& exceeded = result.at("exceeded").as_object();
  EXPECT_EQ(text_of(exceeded, "limit"), "wall");
  EXPECT_EQ(exceeded.at("limit_ms").to_number<double>(), 400);
  EXPECT_EQ(text_of(stage_of(result, "compile"), "memory_limit_bytes"), std::to_string(900 << 20));
  EXPECT_EQ(text_of(stage_of(result, "run"), "memory_limit_bytes"), std::to_string(64 << 20));
  EXPECT_EQ(text_of(stage_of(result, "run"), "pids_limit"), "40");
}

TEST_F(ApiRuns, PutsTheTimelineIntoTheResultWhereAsked) {
  const json::object body = program("time.Sleep(200 * time.Millisecond)", {"time"});
  EXPECT_FALSE(run(body).contains("timeline"));
  const json::object result = run(with(body, "timeline", true));
  const json::value* timeline = result.if_contains("timeline");
  ASSERT_NE(timeline, nullptr) << json::serialize(result);
  ASSERT_EQ(timeline->as_array().size(), 2U) << "of each stage";
  EXPECT_GT(json::serialize(timeline->as_array().back()).size(), 100U);
}

TEST_F(ApiRuns, TellsTheProgramNothingOfTheServer) {
  ::setenv("GOBOX_TEST_SECRET", "of-the-server", 1);
  const ApiServer server;
  ::unsetenv("GOBOX_TEST_SECRET");
  const json::object result =
      server.run(program("fmt.Println(os.Environ())\nfds, _ := os.ReadDir(\"/proc/self/fd\")\n"
                         "for _, fd := range fds { link, _ := os.Readlink(\"/proc/self/fd/\" + "
                         "fd.Name()); fmt.Println(link) }\n"
                         "_, err := net.Dial(\"tcp\", \"127.0.0.1:" +
                             std::to_string(server.port()) + "\")\nfmt.Println(err)",
                         {"fmt", "os", "net"}));
  const std::string out = text_of(result, "stdout");
  EXPECT_EQ(text_of(result, "outcome"), "ok");
  EXPECT_EQ(out.find("of-the-server"), std::string::npos) << out;
  EXPECT_EQ(out.find("sqlite"), std::string::npos) << out;
  EXPECT_EQ(out.find("socket:"), std::string::npos) << out;
  EXPECT_THAT(out, HasSubstr("refused"));
}

TEST_F(ApiRuns, AnswersAsynchronouslyWithAPlaceToLook) {
  const std::string id = server_->submit(program("print(\"later\")"));
  const json::object result = server_->result_of(id);
  EXPECT_EQ(text_of(result, "id"), id);
  EXPECT_EQ(text_of(result, "outcome"), "ok");
  EXPECT_EQ(text_of(result, "stderr"), "later");
  EXPECT_EQ(server_->get("/v1/runs/" + id).body, server_->get("/v1/runs/" + id).body);
}

TEST_F(ApiRuns, KeepsAWaitedForResultToo) {
  const json::object result = run(program("print(\"kept\")"));
  EXPECT_EQ(server_->result_of(text_of(result, "id")), result);
}

TEST_F(ApiRuns, ShowsTheStateOfARunAndEndsIt) {
  const std::string id = server_->submit(program("time.Sleep(time.Hour)", {"time"}));
  const auto stage = [&] { return text_of(server_->get("/v1/runs/" + id).json(), "stage"); };
  ASSERT_TRUE(eventually([&] { return stage() == "run"; }));
  const ApiAnswer removed = server_->remove("/v1/runs/" + id);
  EXPECT_EQ(removed.status, 202) << removed.body;
  const json::object result = server_->result_of(id);
  EXPECT_EQ(text_of(result, "outcome"), "canceled");
  EXPECT_EQ(server_->remove("/v1/runs/" + id).json(), result) << "ended: the result, unchanged";
}

TEST_F(ApiRuns, DoesNotKnowRunsThatAreNot) {
  for (const char* path : {"/v1/runs/0123456789abcdef0123456789abcdef", "/v1/runs/..",
                           "/v1/runs/%00", "/v1/runs/x/events"}) {
    const ApiAnswer answer = server_->get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
  }
  EXPECT_EQ(server_->remove("/v1/runs/unknown").status, 404);
}

TEST_F(ApiRuns, OfEqualCompilesTheSecondIsCached) {
  const json::object body = program("print(\"twice\", " + std::to_string(::getpid()) + ")");
  EXPECT_FALSE(run(body).at("cached").at("compile").as_bool());
  EXPECT_TRUE(run(body).at("cached").at("compile").as_bool());
}

}  // namespace
}  // namespace gobox::tests
