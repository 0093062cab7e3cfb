// SPDX-License-Identifier: Apache-2.0

// Many runs of every kind, eight at a time: the same program always gets the same verdict, and
// afterwards the host is what it was before. GOBOX_TEST_RUNS says how many (100).

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sandbox_run.h"
#include "tests/support/host_state.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

constexpr std::size_t kAtATime = 8;

struct Kind {
  Words words;
  std::string verdict;  // outcome and exit status of sandbox-run
};

Words shell(const Words& flags, const std::string& script) {
  Words words = {"exec", "--run-timeout", "60s"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.insert(words.end(), {"--", "/bin/sh", "-c", script});
  return words;
}

Words go(const Words& flags, const std::string& example) {
  Words words = {"--compile-timeout", "60s", "--run-timeout", "60s"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.push_back(source_path("examples/" + example));
  return words;
}

std::vector<Kind> all_kinds() {
  return {
      {go({}, "hello.go"), "ok 0"},
      {go({}, "deadlock.go"), "exited 2"},
      {go({"--memory", "64M"}, "oom.go"), "oom 137"},
      {go({}, "compile_error.go"), "compile_error 120"},
      {go({}, "leaked_processes.go"), "leaked_processes 121"},
      {go({"--pids", "32"}, "pids_limit.go"), "pids_limit 2"},
      {shell({}, "exit 0"), "ok 0"},
      {shell({}, "exit 7"), "exited 7"},
      {shell({}, "kill -SEGV $$"), "signaled 139"},
      {shell({"--memory", "16M"}, "head -c 50m /dev/zero | tail -c 50m"), "oom 137"},
      {shell({"--output", "1K"}, "while :; do echo flood; done"), "output_limit 122"},
      {shell({"--run-timeout", "300ms"}, "sleep 1000"), "timeout 124"},
      {shell({"--run-timeout", "300ms"}, "trap '' QUIT; kill -STOP -1; sleep 1000"), "timeout 124"},
      {shell({"--cpu-time", "100ms"}, "while :; do :; done"), "timeout 124"},
      {shell({}, "for i in 1 2 3 4 5; do sleep 1000 & done; exit 0"), "leaked_processes 121"},
      {shell({"--pids", "16"}, "for i in $(seq 40); do sleep 1000 & done; exit 0"), "pids_limit 2"},
  };
}

std::size_t wanted_runs() {
  const char* value = std::getenv("GOBOX_TEST_RUNS");
  return value == nullptr ? 100 : static_cast<std::size_t>(std::max(1, std::atoi(value)));
}

struct Seen {
  std::mutex mutex;
  std::map<std::size_t, std::map<std::string, std::size_t>> verdicts;  // by kind
  std::set<pid_t> supervisors;

  void add(std::size_t kind, const CommandResult& ran) {
    std::error_code failure;
    const auto value = boost::json::parse(ran.out, failure);
    const std::string outcome = failure || !value.is_object()
                                    ? "no result: " + ran.err
                                    : text_of(value.get_object(), "outcome");
    const int status = ran.status.value_or(-1);
    const std::lock_guard lock(mutex);
    ++verdicts[kind][outcome + " " + std::to_string(status)];
    supervisors.insert(ran.pid);
  }
};

void run_mixed(const std::vector<Kind>& kinds, std::size_t count, Seen& seen) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < kAtATime; ++i) {
    workers.emplace_back([&] {
      for (std::size_t at = next++; at < count; at = next++) {
        const std::size_t kind = at % kinds.size();
        seen.add(kind, sandbox_run(with_flags(kinds[kind].words, {"--json"})));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
}

std::vector<std::string> temporary_files() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
    names.push_back(entry.path());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Soak, ManyRunsOfEveryKindLeaveTheHostAsItWas) {
  const std::vector<Kind> kinds = all_kinds();
  Seen first;
  run_mixed(kinds, kinds.size(), first);  // what is made once and kept
  reap_orphans();
  const HostState before = host_state();
  const auto files_before = temporary_files();
  Seen seen;
  const std::size_t count = wanted_runs();
  const auto start = std::chrono::steady_clock::now();
  run_mixed(kinds, count, seen);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << count << " runs in " << took.count() << " s\n";
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    SCOPED_TRACE(::testing::PrintToString(kinds[kind].words));
    ASSERT_EQ(seen.verdicts[kind].size(), 1U) << ::testing::PrintToString(seen.verdicts[kind]);
    EXPECT_EQ(seen.verdicts[kind].begin()->first, kinds[kind].verdict);
  }
  EXPECT_TRUE(eventually([&] {
    reap_orphans();
    return host_state() == before;
  })) << "before: "
      << ::testing::PrintToString(before) << "after: " << ::testing::PrintToString(host_state());
  EXPECT_THAT(groups_of(seen.supervisors), ::testing::IsEmpty());
  EXPECT_EQ(temporary_files(), files_before);
}

}  // namespace
}  // namespace gobox::tests
