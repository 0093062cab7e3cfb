// SPDX-License-Identifier: Apache-2.0

// GET /v1/runs/{id}/events: what happens, as it happens, and from where one left off.

#include <sqlite3.h>

#include <boost/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/api_server.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

class ApiEvents : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ApiServer; }

  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static std::vector<ServerEvent> events(const std::string& id, const std::string& after = "") {
    Headers headers;
    if (!after.empty()) headers.emplace("Last-Event-ID", after);
    return events_of(*server_, id, headers);
  }

  static ApiServer* server_;
};

ApiServer* ApiEvents::server_ = nullptr;

std::string data_of(const ServerEvent& event, const char* key) {
  return text_of(json::parse(event.data).as_object(), key);
}

std::vector<std::string> kinds_of(const std::vector<ServerEvent>& events) {
  std::vector<std::string> kinds;
  for (const ServerEvent& event : events) kinds.push_back(event.kind);
  return kinds;
}

// Only each stage's last figures: how many came before depends on how long it took.
std::vector<ServerEvent> without_pulse(const std::vector<ServerEvent>& events) {
  std::vector<ServerEvent> kept;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool last = i + 1 < events.size() && events[i + 1].kind == "stage";
    if (events[i].kind != "usage" || last) kept.push_back(events[i]);
  }
  return kept;
}

std::string joined(const std::vector<ServerEvent>& events, const std::string& kind) {
  std::string text;
  for (const ServerEvent& event : events) {
    if (event.kind == kind) text += data_of(event, "text");
  }
  return text;
}

// Holds the lock for writing on a server's store: nothing is stored until it is let go.
class StoreLock {
 public:
  explicit StoreLock(const ApiServer& server) {
    const std::string path = server.data_directory() + "/runs.sqlite";
    EXPECT_EQ(::sqlite3_open(path.c_str(), &database_), SQLITE_OK);
    EXPECT_EQ(::sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }

  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

  ~StoreLock() { ::sqlite3_close(database_); }

 private:
  sqlite3* database_ = nullptr;
};

void expect_numbered_from(std::size_t first, const std::vector<ServerEvent>& events) {
  for (const ServerEvent& event : events) EXPECT_EQ(event.id, std::to_string(first++));
}

TEST_F(ApiEvents, TellTheStagesTheOutputTheUsageAndTheResultLast) {
  const std::string id = server_->submit(
      program("fmt.Print(\"out\"); time.Sleep(50*time.Millisecond); fmt.Fprint(os.Stderr, \"err\")",
              {"fmt", "os", "time"}));
  const auto numbered = events(id);
  expect_numbered_from(1, numbered);
  const auto all = without_pulse(numbered);
  ASSERT_GT(all.size(), 7U);
  EXPECT_THAT(kinds_of(all), ElementsAre("stage", "usage", "stage", "stage", "stdout", "stderr",
                                         "usage", "stage", "result"));
  EXPECT_EQ(data_of(all.front(), "stage"), "compile");
  EXPECT_EQ(data_of(all.front(), "state"), "started");
  EXPECT_EQ(data_of(all[7], "outcome"), "ok");
  EXPECT_EQ(joined(all, "stdout"), "out");
  EXPECT_EQ(joined(all, "stderr"), "err");
  EXPECT_EQ(json::parse(all.back().data).as_object(), server_->result_of(id));
}

TEST_F(ApiEvents, ComeWhileTheProgramRuns) {
  const std::string id =
      server_->submit(program("fmt.Println(\"here\"); time.Sleep(time.Hour)", {"fmt", "time"}));
  const auto seen =
      events_of(*server_, id, {}, [](const ServerEvent& event) { return event.kind == "stdout"; });
  EXPECT_EQ(joined(seen, "stdout"), "here\n");
  EXPECT_EQ(text_of(server_->get("/v1/runs/" + id).json(), "state"), "running");
  server_->remove("/v1/runs/" + id);
  const auto rest = events(id, seen.back().id);
  EXPECT_EQ(rest.back().kind, "result");
  EXPECT_EQ(data_of(rest.back(), "outcome"), "canceled");
  expect_numbered_from(seen.size() + 1, rest);
}

TEST_F(ApiEvents, TellTheUsageTenTimesASecondWhoListens) {
  const std::string id =
      server_->submit(program("held := make([]byte, 32<<20)\nfor i := range held { held[i] = 1 }\n"
                              "for { time.Sleep(time.Millisecond); held[0]++ }",
                              {"time"}));
  std::vector<json::object> figures;
  events_of(*server_, id, {}, [&](const ServerEvent& event) {
    if (event.kind == "usage" && data_of(event, "stage") == "run") {
      figures.push_back(json::parse(event.data).as_object());
    }
    return figures.size() == 12;
  });
  EXPECT_EQ(text_of(server_->get("/v1/runs/" + id).json(), "state"), "running");
  server_->remove("/v1/runs/" + id);
  ASSERT_EQ(figures.size(), 12U);
  const auto number = [&](std::size_t which, const char* key) {
    return figures[which].at(key).to_number<double>();
  };
  // Twelve beats of a tenth of a second; a busy machine may lose some.
  EXPECT_LT(number(11, "wall_ms") - number(0, "wall_ms"), 6000);
  for (std::size_t i = 1; i < figures.size(); ++i) {
    EXPECT_GT(number(i, "wall_ms"), number(i - 1, "wall_ms"));
    EXPECT_GE(number(i, "cpu_ms"), number(i - 1, "cpu_ms"));
  }
  EXPECT_GT(number(11, "cpu_ms"), number(0, "cpu_ms"));
  EXPECT_GE(number(11, "memory_peak_bytes"), 32 << 20);
  EXPECT_LE(number(11, "memory_peak_bytes"), number(11, "memory_limit_bytes"));
  EXPECT_GE(number(11, "heap_bytes"), 32 << 20);
  EXPECT_GE(number(11, "memory_bytes"), number(11, "heap_bytes"));
  EXPECT_GE(number(11, "files_bytes"), 0);
  EXPECT_GE(number(11, "cache_bytes"), 0);
  EXPECT_GE(number(11, "throttled_ms"), 0);
  EXPECT_GE(number(11, "processes"), 1);
  EXPECT_EQ(number(11, "pids_limit"), 128);
  const auto last = without_pulse(events(id));
  EXPECT_GE(json::parse(last[last.size() - 3].data).at("wall_ms").to_number<double>(),
            number(11, "wall_ms"));
  // The stage's last figures: what it holds "now" is nothing any more.
  EXPECT_TRUE(json::parse(last[last.size() - 3].data).at("memory_bytes").is_null());
}

// Nobody watched: the record has the figures of each second, as ever.
TEST_F(ApiEvents, TellTheUsageEachSecondWhereNobodyListens) {
  const std::string id = server_->submit(program("time.Sleep(2500*time.Millisecond)", {"time"}));
  server_->result_of(id);
  std::size_t beats = 0;
  for (const ServerEvent& event : events(id)) {
    const bool beat = event.kind == "usage" && data_of(event, "stage") == "run" &&
                      !json::parse(event.data).at("memory_bytes").is_null();
    if (beat) ++beats;
  }
  EXPECT_GE(beats, 1U);
  EXPECT_LE(beats, 3U);
}

TEST_F(ApiEvents, LeaveOutOfTheResultWhatTheyHaveTold) {
  const std::string id =
      server_->submit(program("fmt.Print(\"out\"); fmt.Fprint(os.Stderr, \"err\")", {"fmt", "os"}));
  const json::object whole = server_->result_of(id);
  const auto ask = [&](const std::string& what) {
    return server_->get("/v1/runs/" + id + "?omit=" + what);
  };
  const json::object without_out = ask("stdout").json();
  EXPECT_TRUE(without_out.at("stdout").is_null());
  EXPECT_EQ(without_out.at("stderr"), whole.at("stderr"));
  EXPECT_EQ(without_out.at("events").as_array().size(), 1U);
  const json::object bare = ask("stdout,stderr").json();
  for (const char* stream : {"stdout", "stderr"}) {
    EXPECT_TRUE(bare.at(stream).is_null());
    for (const json::value& stage : bare.at("stages").as_array()) {
      EXPECT_TRUE(stage.at(stream).is_null());
    }
  }
  EXPECT_TRUE(bare.at("events").as_array().empty());
  EXPECT_EQ(bare.at("outcome"), whole.at("outcome"));
  EXPECT_EQ(ask("everything").status, 422);
  const ApiAnswer stream = server_->get("/v1/runs/" + id + "/events?omit=stdout,stderr");
  const json::object last =
      json::parse(stream.body.substr(stream.body.rfind("data: ") + 6)).as_object();
  EXPECT_TRUE(last.at("stdout").is_null());
  EXPECT_EQ(text_of(last, "outcome"), "ok");
}

TEST_F(ApiEvents, GoOnWhereTheCallerLeftOff) {
  const std::string id = server_->submit(program(
      "for i := 0; i < 20; i++ { fmt.Println(i); fmt.Fprintln(os.Stderr, i) }", {"fmt", "os"}));
  server_->result_of(id);
  const auto all = events(id);
  for (std::size_t after = 0; after < all.size(); ++after) {
    const auto rest = events(id, std::to_string(after));
    ASSERT_EQ(rest.size(), all.size() - after);
    expect_numbered_from(after + 1, rest);
    EXPECT_EQ(rest.front().data, all[after].data);
  }
  EXPECT_TRUE(events(id, std::to_string(all.size())).empty());
  EXPECT_TRUE(events(id, "18446744073709551615").empty());
}

TEST_F(ApiEvents, CarryBytesThatAreNoText) {
  const std::string id = server_->submit(program("os.Stdout.Write([]byte{0, 255})", {"os"}));
  for (const ServerEvent& event : events(id)) {
    if (event.kind != "stdout") continue;
    EXPECT_EQ(data_of(event, "encoding"), "base64");
    EXPECT_EQ(data_of(event, "text"), "AP8=");
  }
}

TEST_F(ApiEvents, SurviveTheServer) {
  ApiServer server;
  const std::string id = server.submit(program("print(\"kept\")"));
  server.result_of(id);
  const auto before = events_of(server, id);
  server.kill_and_restart();
  const auto after = events_of(server, id);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].data, before[i].data);
}

// What was shown once must not be taken back by a kill -9 that comes before it was stored.
TEST_F(ApiEvents, ShowNoResultBeforeItIsStored) {
  const std::string id = server_->submit(program("time.Sleep(200*time.Millisecond)", {"time"}));
  events_of(*server_, id, {}, [](const ServerEvent& event) { return event.kind == "stage"; });
  {
    const StoreLock lock(*server_);
    events_of(*server_, id, {}, [](const ServerEvent& event) {
      return event.kind == "stage" && data_of(event, "stage") == "run" &&
             data_of(event, "state") == "ended";
    });
    const auto state = [&] { return text_of(server_->get("/v1/runs/" + id).json(), "state"); };
    EXPECT_FALSE(eventually([&] { return state() != "running"; }, std::chrono::milliseconds(300)));
  }
  EXPECT_EQ(text_of(server_->result_of(id), "outcome"), "ok");
}

TEST_F(ApiEvents, WantANumberThatWasGivenOut) {
  const std::string id = server_->submit(program("print(1)"));
  for (const char* last : {"x", "-1", "1.5", "99999999999999999999999"}) {
    EXPECT_EQ(server_->get("/v1/runs/" + id + "/events", {{"Last-Event-ID", last}}).status, 422)
        << last;
  }
  server_->result_of(id);
}

TEST_F(ApiEvents, OfAnEndlessPrinterAreBounded) {
  const std::string id = server_->submit(program("for { fmt.Println(\"flood\") }", {"fmt"}));
  const auto all = events(id);
  EXPECT_EQ(data_of(all.back(), "outcome"), "output_limit");
  EXPECT_LT(joined(all, "stdout").size(), 8U << 20);
}

}  // namespace
}  // namespace gobox::tests
