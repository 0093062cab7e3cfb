// SPDX-License-Identifier: Apache-2.0

// Many at once, and many one after another: every verdict is right, nobody waits for the bad ones,
// and the server is afterwards as large as before.
//
// GOBOX_TEST_SUBMISSIONS (200), GOBOX_TEST_DAY (300) and GOBOX_TEST_LOAD_SECONDS (5) scale the
// three tests; the full figures are 2000, 20000 and 60.

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
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

// One of several programs that say their token and end each in its own way.
json::object submission(std::size_t number) {
  const std::string token = "token-" + std::to_string(number);
  json::object body;
  switch (number % 6) {
    case 0:
      body = program("fmt.Print(os.Args[1])", {"fmt", "os"});
      break;
    case 1:
      body = program("fmt.Print(os.Args[1]); os.Exit(3)", {"fmt", "os"});
      break;
    case 2:
      body = program("fmt.Print(os.Args[1]); panic(1)", {"fmt", "os"});
      break;
    case 3:
      body = program("fmt.Print(os.Args[1]); syscall.Kill(syscall.Getpid(), syscall.SIGKILL)",
                     {"fmt", "os", "syscall"});
      break;
    case 4:
      body = program("fmt.Print(os.Args[1]); exec.Command(\"/bin/sleep\", \"1000\").Start()",
                     {"fmt", "os", "os/exec"});
      break;
    default:
      body = program("fmt.Print(os.Getenv(\"TOKEN\"))", {"fmt", "os"});
      break;
  }
  body["args"] = json::array{token};
  body["env"] = json::object{{"TOKEN", token}};
  return body;
}

constexpr const char* kOutcomes[] = {"ok",       "exited",           "exited",
                                     "signaled", "leaked_processes", "ok"};

// "" where the result is the submission's own, else what is wrong with it.
std::string complaint(std::size_t number, const json::object& result) {
  const std::string outcome = text_of(result, "outcome");
  if (outcome != kOutcomes[number % 6]) {
    return std::to_string(number) + " is " + outcome + ": " + text_of(result, "message");
  }
  const std::string token = "token-" + std::to_string(number);
  const std::string out = text_of(result, "stdout");
  return out == token ? "" : std::to_string(number) + " printed " + out;
}

// Whether `work` is left to do is asked of a counter that all threads share.
void in_threads(std::size_t threads, std::size_t count,
                const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      for (std::size_t number = 0; (number = next++) < count;) work(number);
    });
  }
  for (std::thread& thread : all) thread.join();
}

class Complaints {
 public:
  void add(const std::string& complaint) {
    if (complaint.empty()) return;
    const std::lock_guard lock(mutex_);
    all_.push_back(complaint);
  }

  std::vector<std::string> all() const { return all_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> all_;
};

TEST(ApiLoad, SubmissionsAtOnceAllEndAndNoneIsMixedUp) {
  const std::size_t count = scale_of("GOBOX_TEST_SUBMISSIONS", 200);
  const ApiServer server({"--queue-length", std::to_string(count)});
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(complaint(i, server.run(submission(i))), "");
  Complaints complaints;
  const auto start = Clock::now();
  // Every one has a thread and a connection of its own; every other waits for its answer.
  in_threads(count, count, [&](std::size_t number) {
    if (number % 2 == 0) {
      const ApiAnswer answer = server.post("/v1/runs", submission(number));
      if (answer.status != 200)
        return complaints.add(std::to_string(number) + ": " + std::to_string(answer.status) +
                              answer.body);
      return complaints.add(complaint(number, answer.json()));
    }
    const ApiAnswer accepted = server.post("/v1/runs?wait=false", submission(number));
    if (accepted.status != 202)
      return complaints.add(std::to_string(number) + ": " + std::to_string(accepted.status) +
                            accepted.body);
    const auto events = events_of(server, text_of(accepted.json(), "id"));
    if (events.empty()) return complaints.add(std::to_string(number) + " has no events");
    complaints.add(complaint(number, json::parse(events.back().data).as_object()));
  });
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("             %zu submissions at once: %.1f s, %.0f runs/s\n", count, seconds,
              static_cast<double>(count) / seconds);
  EXPECT_THAT(complaints.all(), ::testing::IsEmpty());
  EXPECT_EQ(server.metric("sandbox_queue_wait_seconds_count"), static_cast<double>(count + 6));
}

struct Footprint {
  double descriptors = 0;
  double cgroups = 0;
  double store = 0;
  double resident = 0;
};

Footprint footprint_of(const ApiServer& server) {
  // Threads that answered the last burst go within seconds, and with them their descriptors.
  eventually([&] { return server.metric("sandbox_runs_running") == 0; });
  return {server.metric("process_open_fds").value_or(0),
          server.metric("sandbox_cgroups").value_or(0),
          server.metric("sandbox_store_bytes").value_or(0),
          static_cast<double>(server.resident_bytes())};
}

TEST(ApiLoad, ADayOfRunsLeavesTheServerAsItWas) {
  const std::size_t count = scale_of("GOBOX_TEST_DAY", 300);
  constexpr double kStore = 2 << 20;
  const ApiServer server({"--results-cap", "2M", "--queue-length", "64"});
  Complaints complaints;
  const auto burst = [&](std::size_t runs) {
    in_threads(4, runs, [&](std::size_t number) {
      const ApiAnswer answer = server.post("/v1/runs", submission(number));
      complaints.add(answer.status == 200 ? complaint(number, answer.json()) : answer.body);
    });
  };
  burst(100);  // pools, caches and the store are as full as they get
  const Footprint before = footprint_of(server);
  const auto start = Clock::now();
  burst(count);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  // One more parked sandbox is no leak: a slow machine asks for more of them.
  constexpr double kOfASandbox = 24;  // descriptors
  const auto in_excess = [&before](const Footprint& now) {
    const double more_parked = std::max(0.0, now.cgroups - before.cgroups);
    return now.descriptors - before.descriptors - kOfASandbox * more_parked;
  };
  EXPECT_TRUE(
      eventually([&] { return in_excess(footprint_of(server)) <= 8; }, std::chrono::seconds(30)));
  const Footprint after = footprint_of(server);
  std::printf(
      "             %zu runs in %.1f s: descriptors %.0f -> %.0f, cgroups %.0f -> %.0f, resident "
      "%.1f -> %.1f MB, store %.1f MB\n",
      count, seconds, before.descriptors, after.descriptors, before.cgroups, after.cgroups,
      before.resident / 1e6, after.resident / 1e6, after.store / 1e6);
  EXPECT_THAT(complaints.all(), ::testing::IsEmpty());
  EXPECT_LE(in_excess(after), 8);
  EXPECT_LE(after.cgroups, before.cgroups + 8);
  EXPECT_LE(after.resident, before.resident + kOwnMemory * (16 << 20));
  EXPECT_LE(after.store, kStore);
}

std::string hash_of(const std::string& secret) {
  CommandOptions options;
  options.input = secret;
  const std::string out = run_command({GOBOX_SANDBOX_API, "hash-token"}, options).out;
  return out.substr(0, out.find('\n'));
}

struct Bad {
  json::object body;
  std::vector<std::string> outcomes;  // one of these
};

std::vector<Bad> bad_programs() {
  json::object oom = program(
      "var all [][]byte; for { b := make([]byte, 1<<20); for i := range b { b[i] = 1 }; all = "
      "append(all, b) }");
  oom["limits"] = {{"run", {{"memory_bytes", 64 << 20}}}};
  json::object forks =
      program("for { exec.Command(\"/bin/sleep\", \"1000\").Start() }", {"os/exec"});
  forks["limits"] = {{"run", {{"wall_ms", 700}, {"pids", 64}}}};
  forks["grace_ms"] = 0;
  const json::object flood =
      program("b := make([]byte, 1<<16); for { os.Stdout.Write(b) }", {"os"});
  json::object busy = program("for {}");
  busy["limits"] = {{"run", {{"wall_ms", 700}}}};
  // Where its own runtime needs a thread after the storm took the last one, the program ends first.
  return {{oom, {"oom"}},
          {forks, {"timeout", "pids_limit"}},
          {flood, {"output_limit"}},
          {busy, {"timeout"}}};
}

// Run as a process of its own by the test below: calls the server of GOBOX_TEST_LOAD_PORT with bad
// programs until it is ended, and says of each wrong verdict.
TEST(ApiLoadGenerator, DISABLED_SendsBadPrograms) {
  const RemoteServer server(static_cast<int>(scale_of("GOBOX_TEST_LOAD_PORT", 0)));
  const auto deadline = Clock::now() + std::chrono::seconds(scale_of("GOBOX_TEST_LOAD_SECONDS", 5));
  const auto programs = bad_programs();
  in_threads(programs.size(), programs.size(), [&](std::size_t number) {
    const Bad& bad = programs[number];
    int times = 0;
    for (; Clock::now() < deadline; ++times) {
      const ApiAnswer answer =
          server.post("/v1/runs", bad.body, {{"Authorization", "Bearer mallory"}});
      ASSERT_EQ(answer.status, 200) << answer.body;
      EXPECT_THAT(bad.outcomes, ::testing::Contains(text_of(answer.json(), "outcome")))
          << answer.body.substr(0, 2000);
      if (const json::object result = answer.json(); text_of(result, "outcome") == "pids_limit") {
        EXPECT_GT(stage_of(result, "run").at("pids_refused").to_number<int>(), 0);
      }
    }
    EXPECT_GT(times, 0);
  });
}

double median_ms_of_hello(const ApiServer& server, const std::function<bool(std::size_t)>& more) {
  const json::object hello = program("fmt.Println(\"hello\")", {"fmt"});
  std::vector<double> times;
  while (more(times.size())) {
    const auto start = Clock::now();
    const ApiAnswer answer = server.post("/v1/runs", hello, {{"Authorization", "Bearer alice"}});
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    EXPECT_EQ(answer.status, 200);
    const json::object result = answer.json();
    EXPECT_EQ(text_of(result, "outcome"), "ok") << text_of(result, "message");
    EXPECT_EQ(text_of(result, "stdout"), "hello\n");
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

TEST(ApiLoad, BadProgramsDoNotDelayHello) {
  const ScratchDirectory scratch;
  scratch.write("tokens", "alice:" + hash_of("alice") + "\nmallory:" + hash_of("mallory") +
                              " concurrency=1\n");
  const ApiServer server({"--tokens-file", scratch / "tokens", "--workers", "2"});
  const double idle = median_ms_of_hello(server, [](std::size_t done) { return done < 40; });
  CommandOptions options;
  options.environment = {"GOBOX_TEST_LOAD_PORT=" + std::to_string(server.port())};
  ChildProcess generator = ChildProcess::start(
      {"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=ApiLoadGenerator.*"},
      options);
  ASSERT_TRUE(generator.wait_for_output("SendsBadPrograms"));
  const auto until = Clock::now() + std::chrono::seconds(scale_of("GOBOX_TEST_LOAD_SECONDS", 5));
  const double loaded = median_ms_of_hello(
      server, [&](std::size_t done) { return done < 20 || Clock::now() < until; });
  const CommandResult bad = generator.wait();
  std::printf("             hello: median %.1f ms idle, %.1f ms beside the bad ones, %.2f x\n",
              idle, loaded, loaded / idle);
  EXPECT_EQ(bad.status, 0) << bad.out << bad.err;
  // Below 2 x on a machine that does nothing else; the tests may share theirs.
  EXPECT_LT(loaded, 10 * idle + 200);
}

}  // namespace
}  // namespace gobox::tests
