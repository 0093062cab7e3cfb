// SPDX-License-Identifier: Apache-2.0

// What the server does not take: each is a 4xx that names the field, and costs no memory.

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/requirement.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ApiRefusals : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static void expect_refused(const std::string& body, int status, const std::string& pointer) {
    const ApiAnswer answer = server_->post("/v1/runs", body);
    const std::string what = body.substr(0, 200);
    EXPECT_EQ(answer.status, status) << what << "\n" << answer.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << what;
    const json::object problem = answer.json();
    EXPECT_EQ(text_of(problem, "pointer"), pointer) << what;
    EXPECT_EQ(text_of(problem, "status"), std::to_string(status)) << what;
    EXPECT_GT(text_of(problem, "detail").size(), 10U) << what;
  }

  static std::string with(const std::string& members) {
    return R"({"source": "package main\nfunc main() {}", )" + members + "}";
  }

  static ApiServer* server_;
};

ApiServer* ApiRefusals::server_ = nullptr;

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST_F(ApiRefusals, OfWhatIsNotJson) {
  for (const char* body :
       {"", "hello", "{", "{\"source\"}", "{} {}", "\xff\xfe", "{'source': 1}"}) {
    expect_refused(body, 400, "");
  }
  expect_refused("{\"source\": \"\xff\"}", 400, "/source");
  expect_refused(R"({"limits": {"run": {"cpus": NaN}}})", 400, "/limits/run/cpus");
  expect_refused(R"({"args": ["a", Infinity]})", 400, "/args/1");
}

TEST_F(ApiRefusals, OfTheWrongShape) {
  expect_refused("[]", 422, "");
  expect_refused("null", 422, "");
  expect_refused("{}", 422, "");
  expect_refused(repeated("[", 10'000), 422, "");
  expect_refused(repeated("{\"a\":", 10'000), 422, "");
  expect_refused("[" + repeated("0,", 60'000) + "0]", 422, "");
  expect_refused(with(R"("sauce": 1)"), 422, "/sauce");
  expect_refused(with(R"("a/b~c": 1)"), 422, "/a~1b~0c");
  expect_refused(R"({"source": "a", "source": "b"})", 422, "/source");
  expect_refused(with(R"("limits": {"run": {"pids": 1, "pids": 2}})"), 422, "/limits/run/pids");
}

TEST_F(ApiRefusals, OfSourcesThatAreNone) {
  expect_refused(R"({"source": 7})", 422, "/source");
  expect_refused(R"({"source": ""})", 422, "/source");
  expect_refused(R"({"source": "package main", "txtar": "x"})", 422, "/txtar");
  expect_refused(R"({"txtar": "-- ../up.go --\npackage main"})", 422, "/txtar");
  expect_refused(R"({"files": []})", 422, "/files");
  expect_refused(R"({"files": {}})", 422, "/files");
  expect_refused(R"({"files": {"main.go": 7}})", 422, "/files/main.go");
}

TEST_F(ApiRefusals, OfPathsThatLeaveTheWorkspace) {
  expect_refused(R"({"files": {"../up.go": ""}})", 422, "/files/..~1up.go");
  expect_refused(R"({"files": {"a/../../up.go": ""}})", 422, "/files/a~1..~1..~1up.go");
  expect_refused(R"({"files": {"/etc/passwd": ""}})", 422, "/files/~1etc~1passwd");
  expect_refused(R"({"files": {"a\u0000.go": ""}})", 422, std::string("/files/a\0.go", 12));
  expect_refused(R"({"files": {"main.go": "package main", "main.go/x.go": ""}})", 422,
                 "/files/main.go");
  const std::string name(5000, 'n');
  expect_refused("{\"files\": {\"" + name + "\": \"\"}}", 422, "/files/" + name.substr(0, 100));
  std::string files;
  for (int i = 0; i < 10'000; ++i)
    files += (i ? ",\"f" : "\"f") + std::to_string(i) + ".go\": \"\"";
  expect_refused("{\"files\": {" + files + "}}", 422, "/files");
}

TEST_F(ApiRefusals, OfEveryFieldOutOfRange) {
  const char* cases[][2] = {{R"("kind": "exec")", "/kind"},
                            {R"("args": "a")", "/args"},
                            {R"("args": [1])", "/args/0"},
                            {R"("args": ["a\u0000b"])", "/args"},
                            {R"("env": [])", "/env"},
                            {R"("env": {"A=B": ""})", "/env"},
                            {R"("env": {"A": 1})", "/env/A"},
                            {R"("stdin": 1)", "/stdin"},
                            {R"("stdin": "%", "stdin_encoding": "base64")", "/stdin"},
                            {R"("stdin_encoding": "latin-1")", "/stdin_encoding"},
                            {R"("toolchain": "go0.1")", "/toolchain"},
                            {R"("toolchain": "/usr/local/go")", "/toolchain"},
                            {R"("policy": "../run")", "/policy"},
                            {R"("policy": "unlimited")", "/policy"},
                            {R"("race": 1)", "/race"},
                            {R"("vet": "yes")", "/vet"},
                            {R"("timeline": 1)", "/timeline"},
                            {R"("gogc": 0)", "/gogc"},
                            {R"("gogc": "fast")", "/gogc"},
                            {R"("gomemlimit": "0")", "/gomemlimit"},
                            {R"("gomemlimit": -1)", "/gomemlimit"},
                            {R"("parallelism": 0)", "/parallelism"},
                            {R"("network": "host")", "/network"},
                            {R"("grace_ms": -1)", "/grace_ms"},
                            {R"("grace_ms": 60000)", "/grace_ms"},
                            {R"("limits": [])", "/limits"},
                            {R"("limits": {"wall_ms": 1})", "/limits/wall_ms"},
                            {R"("limits": {"run": {"wall": 1}})", "/limits/run/wall"},
                            {R"("limits": {"compile": 5})", "/limits/compile"},
                            {R"("kind": "test", "test": {"run": 3})", "/test/run"},
                            {R"("kind": "test", "test": {"count": "3"})", "/test/count"},
                            {R"("kind": "test", "test": {"short": 1})", "/test/short"},
                            {R"("kind": "test", "test": {"timeout": "soon"})", "/test/timeout"},
                            {R"("kind": "test", "test": {"exec": "sh"})", "/test/exec"},
                            {R"("kind": "test", "packages": ["./a/../../b"])", "/packages"},
                            {R"("kind": "test", "packages": ["-exec=sh"])", "/packages"},
                            {R"("packages": ["./a"])", "/packages"},
                            {R"("artifacts": ["/etc/passwd"])", "/artifacts"},
                            {R"("cache": "name")", "/cache"}};
  for (const auto& [members, pointer] : cases) expect_refused(with(members), 422, pointer);
}

TEST_F(ApiRefusals, OfLimitsThatAreNoneOrMoreThanGranted) {
  for (const char* value :
       {"0", "-1", "1e308", "\"100\"", "true", "[]", "1.5", "18446744073709551616"}) {
    expect_refused(with(std::string("\"limits\": {\"total_ms\": ") + value + "}"), 422,
                   "/limits/total_ms");
    for (const char* stage : {"compile", "run"}) {
      for (const char* limit :
           {"wall_ms", "cpu_ms", "memory_bytes", "cpus", "pids", "disk_bytes", "output_bytes"}) {
        // Both stages may be asked to have two processors.
        if (std::string(limit) == "cpus" && std::string(value) == "1.5") continue;
        expect_refused(with(std::string("\"limits\": {\"") + stage + "\": {\"" + limit +
                            "\": " + value + "}}"),
                       422, std::string("/limits/") + stage + "/" + limit);
      }
    }
  }
}

TEST_F(ApiRefusals, LeavesTheMemoryFlat) {
  const std::string deep = repeated("[", 10'000);
  const std::string long_name = "{\"files\": {\"" + std::string(1'000'000, 'n') + "\": \"\"}}";
  const std::string wide = "[" + repeated("0,", 1'000'000) + "0]";
  const auto hammer = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (const std::string& body : {deep, long_name, wide}) {
        EXPECT_EQ(server_->post("/v1/runs", body).status, 422);
      }
    }
  };
  hammer(5);
  const std::uint64_t before = server_->resident_bytes();
  hammer(20);
  EXPECT_LT(server_->resident_bytes(), before + kOwnMemory * (std::uint64_t{8} << 20));
}

TEST_F(ApiRefusals, OfBodiesThatAreTooLarge) {
  const std::uint64_t before = server_->resident_bytes();
  const UniqueFd socket = server_->connect();
  ASSERT_TRUE(
      send_all(socket.get(),
               "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n{"));
  EXPECT_THAT(receive_all(socket.get()), StartsWith("HTTP/1.1 413 "));

  // As curl asks before it sends more than a megabyte.
  const UniqueFd asking = server_->connect();
  ASSERT_TRUE(send_all(asking.get(),
                       "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                       "Content-Length: 100000000\r\n\r\n"));
  const std::string refusal = receive_all(asking.get());
  EXPECT_THAT(refusal, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(refusal, HasSubstr("application/problem+json"));
  EXPECT_EQ(refusal.rfind("HTTP/1.1"), 0U) << "one answer, not two";

  // Chunked, so that nobody says beforehand how long it is.
  const UniqueFd chunked = server_->connect();
  ASSERT_TRUE(
      send_all(chunked.get(),
               "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string chunk = "100000\r\n" + std::string(1 << 20, 'x') + "\r\n";
  for (int i = 0; i < 100 && send_all(chunked.get(), chunk); ++i) continue;
  EXPECT_LT(server_->resident_bytes(), before + (std::uint64_t{24} << 20));
  EXPECT_EQ(server_->post("/v1/runs", std::string(5 << 20, ' ')).status, 413);
  EXPECT_EQ(server_->get("/healthz").status, 200);
}

TEST_F(ApiRefusals, OfRequestsThatAreNotHttpAsItShouldBe) {
  const struct {
    const char* text;
    const char* status;
  } cases[] = {
      {"POST /v1/runs HTTP/1.1\r\nHost: a\r\n\r\n", "411"},
      {"POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
       "400"},
      {"POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: "
       "chunked\r\n\r\n{}",
       "400"},
      {"POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}", "400"},
      {"POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
       "415"},
      {"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "404"},
      {"DELETE /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "405"},
      {"nonsense\r\n\r\n", "400"},
  };

  for (const auto& [text, status] : cases) {
    const UniqueFd socket = server_->connect();
    ASSERT_TRUE(send_all(socket.get(), text));
    EXPECT_THAT(receive_all(socket.get()), StartsWith(std::string("HTTP/1.1 ") + status + " "))
        << text;
  }
}

TEST_F(ApiRefusals, OfHeadersWithoutEnd) {
  const UniqueFd large = server_->connect();
  static_cast<void>(
      !send_all(large.get(), "GET /healthz HTTP/1.1\r\nX-Long: " + std::string(200'000, 'x')));
  EXPECT_THAT(receive_all(large.get()), HasSubstr(" 4"));

  const UniqueFd many = server_->connect();
  static_cast<void>(
      !send_all(many.get(), "GET /healthz HTTP/1.1\r\n" + repeated("X-A: b\r\n", 20'000)));
  EXPECT_THAT(receive_all(many.get()), HasSubstr(" 4"));
  EXPECT_EQ(server_->get("/" + std::string(3000, 'p')).status, 414);
  EXPECT_EQ(server_->get("/healthz").status, 200);
}

TEST_F(ApiRefusals, WaitsForSlowCallersOnlySoLong) {
  const UniqueFd silent = server_->connect();
  ASSERT_TRUE(send_all(silent.get(), "GET /healthz HTTP/1.1\r\nHost: a\r\n"));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(receive_all(silent.get()), StartsWith("HTTP/1.1 408 "));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace gobox::tests
