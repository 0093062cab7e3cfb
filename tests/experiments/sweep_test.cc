// SPDX-License-Identifier: Apache-2.0

// The sweep command itself: interrupted and resumed, its outputs, comparisons, the endpoint bench.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "tests/experiments/laboratory.h"
#include "tests/support/command.h"
#include "tests/support/host_state.h"
#include "tests/support/requirement.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace json = boost::json;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// (cell, round) of every run a journal holds; its first line names the sweep.
std::vector<std::pair<int, int>> runs_in(const std::string& journal) {
  std::vector<std::pair<int, int>> runs;
  std::istringstream lines(read_text(journal));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const json::value run = json::parse(line);
    runs.emplace_back(run.at("cell").to_number<int>(), run.at("round").to_number<int>());
  }
  return runs;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Of the loopback, free a moment ago.
int free_port() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(socket.get(), plain, size), 0);
  EXPECT_EQ(::getsockname(socket.get(), plain, &size), 0);
  return ntohs(address.sin_port);
}

class Sweep : public testing::Test {
 protected:
  // 5 x 5 settings, 3 repeats, of a command that ends at once.
  Words grid() const {
    return {GOBOX_SANDBOX_RUN,
            "sweep",
            "--exec",
            "--vary",
            "memory=16M,24M,32M,48M,64M",
            "--vary",
            "pids=8,16,24,32,64",
            "--repeat",
            "3",
            "--out",
            out_,
            "--",
            "/bin/true"};
  }

  ScratchDirectory scratch_;
  std::string out_ = scratch_ / "out";
  std::string journal_ = out_ + "/journal.jsonl";
};

TEST_F(Sweep, InterruptedAndResumedNeitherLosesNorRepeatsACell) {
  std::mt19937 random(std::random_device{}());
  int sessions = 0;
  for (;; ++sessions) {
    ASSERT_LT(sessions, 60);
    ChildProcess running = ChildProcess::start(grid());
    const std::size_t before = std::filesystem::exists(journal_) ? runs_in(journal_).size() : 0;
    // At a moment of the sweep, not of the clock: after so many more runs.
    const std::size_t wanted = before + 6 + random() % 18;
    const bool reached = eventually(
        [&] { return std::filesystem::exists(journal_) && lines_in(read_text(journal_)) > wanted; },
        std::chrono::seconds(30));
    if (reached) running.signal(SIGINT);
    const CommandResult result = running.wait();
    if (result.status == 0) break;
    EXPECT_EQ(result.status, 130) << result.err;
    EXPECT_NE(result.err.find("goes on from here"), std::string::npos) << result.err;
  }
  EXPECT_GT(sessions, 1);
  const auto runs = runs_in(journal_);
  EXPECT_EQ(runs.size(), 75u);
  EXPECT_EQ(std::set(runs.begin(), runs.end()).size(), 75u);
  const json::value result = json::parse(read_text(out_ + "/sweep.json"));
  EXPECT_EQ(result.at("cells").as_array().size(), 25u);
  for (const json::value& cell : result.at("cells").as_array()) {
    EXPECT_EQ(cell.at("samples").as_array().size(), 3u);
    EXPECT_EQ(cell.at("outcome").as_string(), "ok");
  }
}

TEST_F(Sweep, WritesATableCsvJsonAndAPicture) {
  const CommandResult result = run_command(grid());
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(lines_in(result.out), 27u) << result.out;
  EXPECT_EQ(read_text(out_ + "/sweep.txt"), result.out);
  EXPECT_EQ(lines_in(read_text(out_ + "/sweep.csv")), 76u);
  const std::string picture = read_text(out_ + "/sweep.svg");
  EXPECT_EQ(picture.rfind("<svg", 0), 0u);
  EXPECT_NE(picture.find("prefers-color-scheme: dark"), std::string::npos);
  // Finished: the same command measures nothing again, and another sweep is refused.
  const auto before = read_text(journal_);
  EXPECT_EQ(run_command(grid()).status, 0);
  EXPECT_EQ(read_text(journal_), before);
  Words other = grid();
  other[4] = "memory=16M,20M";
  EXPECT_EQ(run_command(other).status, 2);
}

TEST_F(Sweep, RefusesWhatCannotBeVaried) {
  const auto refused = [](const Words& words) {
    Words command{GOBOX_SANDBOX_RUN, "sweep"};
    command.insert(command.end(), words.begin(), words.end());
    command.push_back(experiment("give-back/main.go"));
    const CommandResult result = run_command(command);
    EXPECT_EQ(result.status, 2) << result.out;
    return result.err;
  };
  EXPECT_NE(refused({"--vary", "colour=red"}).find("colour"), std::string::npos);
  EXPECT_NE(refused({"--vary", "memory=64M,0"}).find("--memory"), std::string::npos);
  EXPECT_NE(refused({"--vary", "gogc=-1"}).find("--gogc"), std::string::npos);
  EXPECT_NE(refused({"--memory", "64M", "--vary", "memory=1G"}).find("varied too"),
            std::string::npos);
  EXPECT_NE(refused({"--vary", "p=1,1"}).find("twice"), std::string::npos);
  EXPECT_NE(refused({}).find("--vary"), std::string::npos);
  EXPECT_NE(refused({"--repeat", "0", "--vary", "p=1"}).find("--repeat"), std::string::npos);
}

TEST_F(Sweep, CompareTellsAChangeFromNoise) {
  const auto measured = [&](const std::string& name, const std::string& size) {
    const std::string out = scratch_ / name;
    const Words command{GOBOX_SANDBOX_RUN,
                        "sweep",
                        "--exec",
                        "--vary",
                        "memory=256M",
                        "--repeat",
                        "8",
                        "--out",
                        out,
                        "--",
                        "/usr/bin/perl",
                        "-e",
                        "$x = 'a' x (" + size + " << 20)"};
    EXPECT_EQ(run_command(command).status, 0);
    return out + "/sweep.json";
  };
  const std::string small = measured("small", "8");
  const std::string large = measured("large", "40");
  const auto compare = [](const std::string& a, const std::string& b) {
    return run_command({GOBOX_SANDBOX_RUN, "compare", "--json", a, b});
  };
  const CommandResult worse = compare(small, large);
  EXPECT_EQ(worse.status, 1) << worse.out;
  EXPECT_EQ(json::parse(worse.out).at("verdict").as_string(), "worse");
  EXPECT_EQ(compare(small, small).status, 0);
  EXPECT_EQ(compare(small, scratch_ / "nothing.json").status, 2);
}

TEST_F(Sweep, EndpointBenchFindsNoWrongVerdictInOurServer) {
  GOBOX_REQUIRE(std::filesystem::exists(GOBOX_SANDBOX_API), "sandbox-api, not built");
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  ChildProcess server = ChildProcess::start(
      {GOBOX_SANDBOX_API, "--address", address, "--data-dir", scratch_ / "data"});
  ASSERT_TRUE(server.wait_for_output(address));
  const CommandResult result = run_command(
      {GOBOX_SANDBOX_RUN, "bench-endpoint", "--rounds", "1", "--json", "http://" + address});
  server.signal(SIGTERM);
  server.wait();
  ASSERT_TRUE(result.status == 0 || result.status == 1) << result.err;
  const json::value report = json::parse(result.out);
  EXPECT_EQ(report.at("wrong").to_number<int>(), 0) << result.out;
  EXPECT_EQ(report.at("mixed_up").to_number<int>(), 0);
  EXPECT_EQ(report.at("requests").to_number<int>(), 14);
  EXPECT_FALSE(report.at("memory").as_array().empty());
}

}  // namespace
}  // namespace gobox::tests
