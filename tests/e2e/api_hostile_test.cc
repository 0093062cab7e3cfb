// SPDX-License-Identifier: Apache-2.0

// Clients that mean harm: requests that two readers would take for different things, headers that
// cost time, connections that never finish, pages of other hosts. The server answers the honest
// ones beside them as if they were not there.

#include <sys/resource.h>

#include <boost/json.hpp>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"
#include "tests/support/requirement.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kNext = "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr const char* kEvil = "http://evil.example.com";

class ApiHostile : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  // All that comes back until the server closes the connection; it must, soon.
  static std::string exchange(const std::string& text) {
    const UniqueFd socket = server_->connect();
    EXPECT_TRUE(send_all(socket.get(), text));
    const auto start = Clock::now();
    std::string answer = receive_all(socket.get(), std::chrono::seconds(20));
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(10)) << text;
    return answer;
  }

  static ApiServer* server_;
};

ApiServer* ApiHostile::server_ = nullptr;

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++count;
  return count;
}

TEST_F(ApiHostile, FramingThatIsNotCertainIsRefusedOnceAndTheConnectionClosed) {
  const std::string post = "POST /share HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& text :
       {post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
        post + "Content-Length: 0\r\nContent-Length: 34\r\n\r\n",
        post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloGARBAGE\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        post + "Transfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n",
        post + "Content-Length : 5\r\n\r\nhello", post + "Content-Length: +5\r\n\r\nhello",
        post + "Content-Length: 5\r\n folded: x\r\n\r\nhello",
        std::string("GET /version HTTP/1.1\nHost: localhost\n\n"),
        std::string("GET /version HTTP/1.1\r\n\r\n"),
        std::string("POST /share HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")}) {
    const std::string answer = exchange(text + kNext);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << text;
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n")) << text;
    EXPECT_THAT(answer, Not(HasSubstr("HTTP/1.1 200 "))) << "what follows is no request: " << text;
  }
}

TEST_F(ApiHostile, RequestsInOnePieceAreAnsweredInTheirOrder) {
  const std::string chunked =
      "POST /share HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\n\r\n";
  std::string text;
  for (int i = 0; i < 200; ++i) text += (i % 2 == 0 ? chunked : std::string(kNext));
  text += "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const std::string answer = exchange(text);
  EXPECT_EQ(count_of(answer, "HTTP/1.1 200 "), 200U);
  EXPECT_EQ(count_of(answer, "HTTP/1.1 404 "), 1U);
  EXPECT_LT(answer.rfind("HTTP/1.1 200 "), answer.rfind("HTTP/1.1 404 "));
}

TEST_F(ApiHostile, HeadersThatOnceCostSecondsCostNothing) {
  const auto start = Clock::now();
  std::string header = "Content-Disposition: form-data; name=\"";
  while (header.size() < 2700) header += "\";filename=\"";
  while (header.size() < 5400) header += "\";filename*=";
  header += std::string(8100 - header.size(), 'a') + " !";
  const ApiAnswer form = server_->post("/compile", "--B\r\n" + header + "\r\n\r\nx\r\n--B--\r\n",
                                       "multipart/form-data; boundary=B");
  EXPECT_EQ(form.status, 400) << form.body;
  std::string ranges = "bytes=0-1";
  while (ranges.size() < 8000) ranges += ", 1-2";
  const ApiAnswer range = server_->get("/version", {{"Range", ranges}});
  EXPECT_EQ(range.status, 200);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(2));
}

TEST_F(ApiHostile, AnswersOldClientsWithoutChunks) {
  const std::string id = server_->submit(program("print(1)"));
  server_->result_of(id);
  const std::string stored = exchange("GET /v1/runs/" + id + "/events HTTP/1.0\r\n\r\n");
  EXPECT_THAT(stored, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(stored, HasSubstr("event: result"));
  const std::string live_id = server_->submit(program("time.Sleep(time.Second)", {"time"}));
  const std::string live = exchange("GET /v1/runs/" + live_id + "/events HTTP/1.0\r\n\r\n");
  EXPECT_THAT(live, Not(HasSubstr("chunked")));
  EXPECT_THAT(live, HasSubstr("event: result"));
}

TEST_F(ApiHostile, NamesThatPointHereAreNotThisServersName) {
  for (const char* host : {"evil.example.com", "localhost.evil.example.com", "127.0.0.1.nip.io"}) {
    const Headers headers{{"Host", host}};
    EXPECT_EQ(server_->get("/v1/policies", headers).status, 403) << host;
    EXPECT_EQ(server_->post("/v1/runs", program("print(1)"), headers).status, 403) << host;
    EXPECT_EQ(
        server_->post("/compile", "body=x", "application/x-www-form-urlencoded", headers).status,
        403)
        << host;
  }
  for (const char* host : {"localhost", "127.0.0.1:1", "[::1]:8080"}) {
    EXPECT_EQ(server_->get("/v1/policies", {{"Host", host}}).status, 200) << host;
  }
}

TEST_F(ApiHostile, PagesOfOtherHostsStartNothing) {
  const std::string source = R"({"source": "package main\nfunc main() {}"})";
  const auto before = server_->metric("sandbox_queue_wait_seconds_count").value_or(0);
  for (const char* origin : {kEvil, "null", "https://localhost.evil.example.com"}) {
    const Headers headers{{"Origin", origin}};
    for (const char* type : {"text/plain", "application/json"}) {
      EXPECT_EQ(server_->post("/v1/runs?wait=false", source, type, headers).status, 403) << origin;
    }
    for (const char* path : {"/compile", "/vet", "/fmt", "/share", "/_/compile"}) {
      const ApiAnswer answer =
          server_->post(path, "body=package+main", "application/x-www-form-urlencoded", headers);
      EXPECT_EQ(answer.status, 403) << path;
    }
  }
  EXPECT_EQ(
      server_->post("/v1/runs", source, "text/plain", {{"Sec-Fetch-Site", "cross-site"}}).status,
      403);
  EXPECT_EQ(server_->metric("sandbox_queue_wait_seconds_count").value_or(0), before);
  EXPECT_EQ(
      server_->post("/v1/runs", source, "application/json", {{"Origin", "http://localhost:3000"}})
          .status,
      200);
}

TEST_F(ApiHostile, ProblemsAreTextWhateverTheRequestWas) {
  const std::string cut(63, 'x');
  for (const std::string& path :
       {std::string("/v1/runs/%ff%fe"), std::string("/v1/runs/a%0d%0aX-Evil:%201"),
        "/v1/runs/" + cut + "%c3%a9", "/v1/runs/" + cut + "%f0%9f%98%80"}) {
    const UniqueFd socket = server_->connect();
    const std::string answer =
        exchange("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 ")) << path;
    EXPECT_THAT(answer, Not(HasSubstr("\r\nX-Evil"))) << path;
    json::error_code failure;
    const std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
    EXPECT_TRUE(json::parse(body, failure).is_object()) << body;  // refuses invalid UTF-8
    if (path.find(cut) != std::string::npos) {
      EXPECT_THAT(body, Not(HasSubstr("\xef\xbf\xbd"))) << "cut within a character";
    }
  }
}

// Clients of the kinds that keep a server busy with nothing, until the destructor.
class Crowd {
 public:
  Crowd(const ApiServer& server, std::size_t silent, std::size_t slow_readers) {
    for (std::size_t i = 0; i < silent; ++i) {
      sockets_.push_back(server.connect());
      send_all(sockets_.back().get(), "G");
    }
    // They ask for far more than they will ever read.
    std::string many;
    for (int i = 0; i < 200; ++i) many += "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (std::size_t i = 0; i < slow_readers; ++i) {
      sockets_.push_back(server.connect());
      send_all(sockets_.back().get(), many);
    }
  }

 private:
  std::vector<UniqueFd> sockets_;
};

double median_ms_of_hello(const ApiServer& server, int times) {
  const json::object hello = program("fmt.Println(\"hello\")", {"fmt"});
  std::vector<double> taken;
  for (int i = 0; i < times; ++i) {
    const auto start = Clock::now();
    const json::object result = server.run(hello);
    taken.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    EXPECT_EQ(text_of(result, "outcome"), "ok");
  }
  std::sort(taken.begin(), taken.end());
  return taken[taken.size() / 2];
}

void raise_own_file_limit() {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 4096) GTEST_SKIP() << "a test of 1000 connections needs descriptors";
}

TEST(ApiHostileCrowd, AThousandSlowClientsDelayNobody) {
  raise_own_file_limit();
  const ApiServer server;
  median_ms_of_hello(server, 5);
  const double idle = median_ms_of_hello(server, 15);
  const std::uint64_t before = server.resident_bytes();
  const Crowd crowd(server, 1000, 100);
  const double beside = median_ms_of_hello(server, 15);
  std::printf("             hello: median %.1f ms idle, %.1f ms beside the crowd, %.2f x\n", idle,
              beside, beside / idle);
  EXPECT_LT(beside, 3 * idle + 20);
  const auto start = Clock::now();
  EXPECT_EQ(server.get("/healthz").status, 200);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(2));
  EXPECT_LT(server.resident_bytes(), before + kOwnMemory * (std::uint64_t{48} << 20));
}

TEST(ApiHostileCrowd, FollowersCostNoThread) {
  const ApiServer server({"--workers", "1"});
  const std::string id = server.submit(program("time.Sleep(7 * time.Second)", {"time"}));
  const auto threads = [&] {
    std::size_t count = 0;
    const std::string tasks = "/proc/" + std::to_string(server.pid()) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
      count += task.exists() ? 1U : 0U;
    }
    return count;
  };
  server.get("/healthz");
  const std::size_t before = threads();
  std::vector<UniqueFd> followers;
  for (int i = 0; i < 100; ++i) {
    followers.push_back(server.connect());
    send_all(
        followers.back().get(),
        "GET /v1/runs/" + id + "/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  // The last one in is served: so were all the others.
  std::string begun;
  while (begun.find("event: ") == std::string::npos) {
    const std::string more = receive_all(followers.back().get(), std::chrono::milliseconds(200));
    begun += more;
    if (more.empty() && begun.size() > 100'000) break;
  }
  // A burst of requests has threads for as long as it takes to answer them.
  EXPECT_TRUE(eventually([&] { return threads() <= before + 16; })) << threads();
  server.result_of(id);
  for (std::size_t i = 0; i + 1 < followers.size(); ++i) {
    EXPECT_THAT(receive_all(followers[i].get(), std::chrono::seconds(10)),
                HasSubstr("event: result"));
  }
}

TEST(ApiHostileCrowd, WithoutDescriptorsItTurnsAwayAndRecovers) {
  ApiServer server;
  rlimit before{};
  ASSERT_EQ(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &before), 0);
  const auto open_now = static_cast<rlim_t>(server.metric("process_open_fds").value_or(100));
  const rlimit few{open_now + 20, before.rlim_max};
  ASSERT_EQ(::prlimit(server.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::vector<UniqueFd> all;
    for (int i = 0; i < 200; ++i) {
      all.push_back(server.connect());
      send_all(all.back().get(), "G");
    }
    // One of those that were not let in is told so.
    EXPECT_THAT(receive_all(all[198].get(), std::chrono::seconds(15)), HasSubstr(" 503 "));
  }
  EXPECT_TRUE(eventually([&] { return server.get("/version").status == 200; }));
  ASSERT_EQ(::prlimit(server.pid(), RLIMIT_NOFILE, &before, nullptr), 0);
  EXPECT_TRUE(eventually([&] { return server.get("/healthz").status == 200; }));
  EXPECT_EQ(text_of(server.run(program("print(1)")), "outcome"), "ok");
}

// Two streams in turn, byte by byte: exact, and no larger than what was written.
TEST(ApiHostileOutput, AlternatingBytesAreExactAndCostLittle) {
  const ApiServer server;
  server.run(program("print(1)"));
  const std::uint64_t before = server.resident_bytes();
  json::object body = program(
      "a := []byte(\"a\"); t := time.Now(); n := 0\n"
      "for time.Since(t) < 3*time.Second && n < 400000 { syscall.Write(1, a); "
      "syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0); syscall.Write(2, a); "
      "syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0); n++ }",
      {"syscall", "time"});
  const std::string id = server.submit(body);
  const auto events = events_of(server, id);
  const json::object result = server.result_of(id);
  EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
  const std::string out = text_of(result, "stdout");
  EXPECT_GT(out.size(), 1000U);
  EXPECT_EQ(out, std::string(out.size(), 'a'));
  EXPECT_EQ(text_of(result, "stderr").size(), out.size());
  std::size_t told[2] = {0, 0};
  for (const json::value& event : result.at("events").as_array()) {
    told[text_of(event.as_object(), "kind") == "stderr"] +=
        text_of(event.as_object(), "text").size();
  }
  EXPECT_EQ(told[0], out.size());
  EXPECT_EQ(told[1], out.size());
  EXPECT_LT(result.at("events").as_array().size(), 6000U);
  std::size_t streamed = 0;
  for (const ServerEvent& event : events) {
    if (event.kind == "stdout") {
      streamed += text_of(json::parse(event.data).as_object(), "text").size();
    }
  }
  EXPECT_EQ(streamed, out.size());
  EXPECT_LT(events.size(), 4000U);
  EXPECT_LT(server.resident_bytes(), before + kOwnMemory * (std::uint64_t{32} << 20));
}

}  // namespace
}  // namespace gobox::tests
