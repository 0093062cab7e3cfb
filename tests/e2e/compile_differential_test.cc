// SPDX-License-Identifier: Apache-2.0

// The Go project's own programs, compiled both ways and run: the same verdict, the same messages
// and the same behaviour. A few dozen by default; all of them with GOBOX_TEST_GO_PROGRAMS=all,
// which takes about a quarter of an hour on two idle cores. docs/compile.md has the figures of such
// a run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <regex>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "tests/e2e/compile_lab.h"
#include "tests/support/requirement.h"
#include "tests/support/toolchains.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSample = 18;
constexpr int kAttempts = 3;
constexpr const char* kRandom = "fixedbugs/issue72090.go";  // prints a map in its order

bool wants_all() {
  const char* value = std::getenv("GOBOX_TEST_GO_PROGRAMS");
  return value != nullptr && std::string_view(value) == "all";
}

// Those of one file, of package main, whose header says that they are complete.
std::vector<std::string> programs_of(const fs::path& directory) {
  const std::regex complete(R"(^// (run|errorcheck|build|buildrun|compile|runoutput)\b[^\n]*)");
  std::vector<std::string> programs;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().extension() != ".go" || at->path().parent_path().extension() == ".dir") continue;
    const auto source = read_file(at->path());
    if (!source || source->find("\npackage main\n") == std::string::npos) continue;
    const auto found = std::sregex_iterator(source->begin(), source->end(), complete);
    if (found == std::sregex_iterator() || found->position() > 4000) continue;
    const std::string name = fs::relative(at->path(), directory).string();
    if (name != kRandom) programs.push_back(name);
  }
  std::sort(programs.begin(), programs.end());
  return programs;
}

std::vector<std::string> evenly(const std::vector<std::string>& all, std::size_t wanted) {
  if (all.size() <= wanted) return all;
  std::vector<std::string> some;
  for (std::size_t i = 0; i < wanted; ++i) some.push_back(all[i * all.size() / wanted]);
  return some;
}

// Without what differs from run to run: addresses, numbers of goroutines, times.
std::string steady_line(std::string line) {
  static const std::regex kAddress("0x[0-9a-f]+");
  static const std::regex kGoroutine("goroutine [0-9]+");
  static const std::regex kTime("[0-9.]+(ns|\xc2\xb5s|ms|s|us)\\b");
  static const std::regex kMinutes(", [0-9]+ minutes");
  static const std::regex kDate("[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8}");
  line = std::regex_replace(line, kAddress, "0x?");
  line = std::regex_replace(line, kGoroutine, "goroutine ?");
  line = std::regex_replace(line, kMinutes, "");
  line = std::regex_replace(line, kDate, "?");
  return std::regex_replace(line, kTime, "?$1");
}

std::string steady(const runner::JobResult& result) {
  if (result.outcome == runner::Outcome::kTimeout) return "outcome timeout\n";
  // std::regex recurses for every character of a match: a line of a megabyte would end the stack.
  constexpr std::size_t kLongest = 4096;
  std::istringstream lines(visible(result));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    text += (line.size() > kLongest ? line : steady_line(std::move(line))) + "\n";
  }
  return text;
}

struct Tally {
  std::mutex mutex;
  std::size_t direct = 0;
  std::map<std::string, std::size_t> fallbacks;  // by reason
  std::map<std::string, std::size_t> outcomes;   // of the direct ones
  std::vector<std::string> unequal;
};

class CompileDifferential : public ::testing::TestWithParam<fs::path> {
 public:
  static void TearDownTestSuite() { end_compile_lab(); }

 protected:
  runner::JobResult run(const std::string& source, Way way) {
    runner::Job job =
        make_job({.workspace = one_file(source), .toolchain = GetParam().string(), .way = way});
    job.policy.run.limits.wall = std::chrono::seconds(10);
    return run_job(std::move(job));
  }

  void compare(const std::string& name, Tally& tally) {
    const auto source = read_file(GetParam() / "test" / name);
    ASSERT_TRUE(source) << name;
    std::string seen;
    std::string expected;
    for (int attempt = 0; attempt < kAttempts && (attempt == 0 || seen != expected); ++attempt) {
      const runner::JobResult direct = run(*source, Way::kDirect);
      if (!was_direct(direct)) {
        count_fallback(direct, tally);
        return;
      }
      seen = steady(direct);
      expected = steady(run(*source, Way::kGoBuild));
      const std::lock_guard lock(tally.mutex);
      if (attempt == 0) ++tally.direct;
      if (attempt == 0) ++tally.outcomes[name_of(direct.outcome)];
    }
    if (seen == expected) return;
    const std::lock_guard lock(tally.mutex);
    tally.unequal.push_back(name + "\n-- directly\n" + seen.substr(0, 3000) +
                            "\n-- by the go command\n" + expected.substr(0, 3000));
  }

 private:
  static void count_fallback(const runner::JobResult& result, Tally& tally) {
    std::string reason = result.stages.empty() ? "" : result.stages.front().why_not_direct;
    reason = reason.substr(reason.find(": ") == std::string::npos ? 0 : reason.find(": ") + 2);
    const std::lock_guard lock(tally.mutex);
    ++tally.fallbacks[reason];
  }
};

INSTANTIATE_TEST_SUITE_P(Toolchains, CompileDifferential, ::testing::ValuesIn(test_toolchains()),
                         [](const auto& parameter) { return test_name_of(parameter.param); });

void print(const std::string& toolchain, std::size_t programs, const Tally& tally) {
  std::cout << toolchain << ": " << programs << " programs, " << tally.direct << " direct, "
            << tally.unequal.size() << " unequal\n";
  for (const auto& [outcome, count] : tally.outcomes) {
    std::cout << "  direct and " << outcome << ": " << count << "\n";
  }
  for (const auto& [reason, count] : tally.fallbacks) {
    std::cout << "  go command, " << reason << ": " << count << "\n";
  }
}

TEST_P(CompileDifferential, GoProjectsProgramsEndTheSameBothWays) {
  const fs::path directory = GetParam() / "test";
  const std::vector<std::string> all = programs_of(directory);
  GOBOX_REQUIRE(!all.empty(), "the Go project's programs in " + directory.string());
  const std::vector<std::string> programs = wants_all() ? all : evenly(all, kSample);
  compile_runner();
  Tally tally;
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < programs.size(); at = next++) compare(programs[at], tally);
    });
  }
  for (std::thread& thread : threads) thread.join();
  print(GetParam().string(), programs.size(), tally);
  EXPECT_GT(tally.direct, programs.size() / 2);
  for (const std::string& each : tally.unequal) ADD_FAILURE() << each;
}

}  // namespace
}  // namespace gobox::tests
