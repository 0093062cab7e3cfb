// SPDX-License-Identifier: Apache-2.0

// /openapi.json describes the server that serves it: every call is in it, and real answers fit.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/json_schema.h"
#include "tests/e2e/sandbox_run.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::IsEmpty;

class ApiDocument : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new ApiServer;
    document_ = new json::object(server_->get("/openapi.json").json());
  }

  static void TearDownTestSuite() {
    delete document_;
    delete server_;
  }

  static const json::object* operation(const std::string& method, const std::string& path) {
    const json::value* paths = document_->if_contains("paths");
    const json::value* item = paths == nullptr ? nullptr : paths->as_object().if_contains(path);
    const json::value* found = item == nullptr ? nullptr : item->as_object().if_contains(method);
    EXPECT_NE(found, nullptr) << method << " " << path << " is not in the document";
    return found == nullptr ? nullptr : &found->as_object();
  }

  // The answer is one the document promises: status, type and shape.
  static void expect_promised(const std::string& method, const std::string& path,
                              const ApiAnswer& answer) {
    const std::string what = method + " " + path + " " + std::to_string(answer.status);
    const json::object* call = operation(method, path);
    if (call == nullptr) return;
    const json::value* response =
        call->at("responses").as_object().if_contains(std::to_string(answer.status));
    ASSERT_NE(response, nullptr) << what << " is not in the document: " << answer.body;
    const json::value* content = response->as_object().if_contains("content");
    ASSERT_NE(content, nullptr) << what;
    const std::string type =
        answer.header("Content-Type").substr(0, answer.header("Content-Type").find(';'));
    const json::value* media = content->as_object().if_contains(type);
    ASSERT_NE(media, nullptr) << what << " has the type " << type;
    if (type != "application/json" && type != "application/problem+json") return;
    EXPECT_THAT(misfits(*document_, media->at("schema"), json::parse(answer.body)), IsEmpty())
        << what;
  }

  static void expect_request_fits(const json::object& body) {
    const json::value& schema = operation("post", "/v1/runs")
                                    ->at("requestBody")
                                    .at("content")
                                    .at("application/json")
                                    .at("schema");
    EXPECT_THAT(misfits(*document_, schema, body), IsEmpty()) << json::serialize(body);
  }

  static ApiServer* server_;
  static json::object* document_;
};

ApiServer* ApiDocument::server_ = nullptr;
json::object* ApiDocument::document_ = nullptr;

TEST_F(ApiDocument, IsOpenApi31AndKnowsEveryCall) {
  EXPECT_EQ(text_of(*document_, "openapi"), "3.1.0");
  const char* calls[][2] = {{"post", "/v1/runs"},
                            {"get", "/v1/runs/{id}"},
                            {"delete", "/v1/runs/{id}"},
                            {"get", "/v1/runs/{id}/events"},
                            {"get", "/v1/runs"},
                            {"post", "/v1/runs/{id}/stdin"},
                            {"get", "/"},
                            {"post", "/"},
                            {"get", "/play/p/{id}"},
                            {"get", "/assets/{name}"},
                            {"post", "/compile"},
                            {"post", "/vet"},
                            {"post", "/fmt"},
                            {"post", "/share"},
                            {"get", "/p/{id}.go"},
                            {"get", "/version"},
                            {"get", "/_ah/health"},
                            {"get", "/v1/toolchains"},
                            {"get", "/v1/policies"},
                            {"get", "/v1/modules"},
                            {"get", "/v1/workers"},
                            {"get", "/v1/runs/{id}/artifacts/{path}"},
                            {"get", "/healthz"},
                            {"get", "/readyz"},
                            {"get", "/metrics"},
                            {"get", "/openapi.json"}};
  for (const auto& [method, path] : calls) operation(method, path);
  EXPECT_EQ(document_->at("paths").as_object().size(), 23U)
      << "a path more or less: tell this test";
}

TEST_F(ApiDocument, DescribesTheAnswersToEveryGet) {
  for (const char* path :
       {"/v1/toolchains", "/v1/policies", "/v1/modules", "/v1/workers", "/version", "/healthz",
        "/readyz", "/_ah/health", "/metrics", "/openapi.json"}) {
    expect_promised("get", path, server_->get(path));
  }
  expect_promised("get", "/v1/runs/{id}", server_->get("/v1/runs/unknown"));
  expect_promised("delete", "/v1/runs/{id}", server_->remove("/v1/runs/unknown"));
  expect_promised("get", "/v1/runs/{id}/events", server_->get("/v1/runs/unknown/events"));
  expect_promised("get", "/v1/runs", server_->get("/v1/runs"));
  expect_promised("get", "/v1/runs", server_->get("/v1/runs?state=lost"));
  expect_promised("post", "/v1/runs/{id}/stdin", server_->post("/v1/runs/unknown/stdin", "x"));
  expect_promised("get", "/assets/{name}", server_->get("/assets/unknown"));
  expect_promised("get", "/p/{id}.go", server_->get("/p/unknown.go"));
}

TEST_F(ApiDocument, DescribesRunsHoweverTheyEnd) {
  std::vector<json::object> bodies{
      program("print(1)"),
      program("panic(2)"),
      program("x"),
      program("os.Stdout.Write([]byte{0})", {"os"}),
      program("exec.Command(\"/bin/sleep\", \"1000\").Start()", {"os/exec"}),
      program("syscall.Kill(syscall.Getpid(), syscall.SIGTERM)", {"syscall"})};
  json::object limited = program("for {}");
  limited["limits"] = {{"total_ms", 9000},
                       {"run", {{"wall_ms", 300}, {"cpus", 0.5}, {"pids", 64}}}};
  json::object full{
      {"files", {{"a_test.go", "package a\nimport \"testing\"\nfunc TestA(t *testing.T) {}\n"}}},
      {"kind", "test"},
      {"args", json::array{"-test.v"}},
      {"env", {{"A", "b"}}},
      {"stdin", "eA=="},
      {"stdin_encoding", "base64"},
      {"policy", "default"},
      {"race", false},
      {"vet", true},
      {"gogc", "off"},
      {"gomemlimit", "64MiB"},
      {"parallelism", 2},
      {"network", "none"},
      {"grace_ms", 0},
      {"timeline", true}};
  bodies.insert(bodies.end(), {limited, full});
  for (const json::object& body : bodies) {
    expect_request_fits(body);
    const ApiAnswer answer = server_->post("/v1/runs", body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    expect_promised("post", "/v1/runs", answer);
  }
}

TEST_F(ApiDocument, DescribesStatesAndRefusals) {
  const json::object body = program("time.Sleep(time.Hour)", {"time"});
  const ApiAnswer accepted = server_->post("/v1/runs?wait=false", body);
  expect_promised("post", "/v1/runs", accepted);
  const std::string path = accepted.header("Location");
  expect_promised("get", "/v1/runs/{id}", server_->get(path));
  expect_promised("delete", "/v1/runs/{id}", server_->remove(path));
  server_->result_of(text_of(accepted.json(), "id"));
  expect_promised("get", "/v1/runs/{id}", server_->get(path));
  expect_promised("get", "/v1/runs/{id}/events", server_->get(path + "/events"));
  expect_promised("delete", "/v1/runs/{id}", server_->remove(path));
  for (const char* refused : {"", "{}", "[]", "{\"source\": 1}"}) {
    expect_promised("post", "/v1/runs", server_->post("/v1/runs", refused));
  }
  expect_promised("post", "/v1/runs", server_->post("/v1/runs", std::string(5 << 20, ' ')));
}

TEST_F(ApiDocument, DescribesThePlayground) {
  for (const char* source :
       {"package main\nfunc main() { println(1) }", "package main\nfunc main() { x }",
        "package main\nfunc main() { for {} }", "package other"}) {
    const json::object body{{"Body", source}, {"WithVet", true}};
    expect_promised("post", "/compile", server_->post("/compile", body));
    expect_promised("post", "/vet", server_->post("/vet", body));
    const std::string form = "body=" + std::string(source);
    expect_promised("post", "/fmt",
                    server_->post("/fmt", form, "application/x-www-form-urlencoded"));
    expect_promised("post", "/share", server_->post("/share", source, "text/plain"));
  }
  expect_promised("post", "/compile", server_->post("/compile", ""));
  expect_promised("post", "/share",
                  server_->post("/share", std::string(70'000, 'x'), "text/plain"));
}

}  // namespace
}  // namespace gobox::tests
