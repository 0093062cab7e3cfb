// SPDX-License-Identifier: Apache-2.0

// What a run leaves behind: nothing, however it ended.

#include <dirent.h>
#include <unistd.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

std::size_t launcher_descriptors() {
  const std::filesystem::path path = "/proc/" + std::to_string(launcher().pid()) + "/fd";
  const std::filesystem::directory_iterator entries(path);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// A round of every way to end, set-ups that fail among them.
void run_mixed_round() {
  Trial quick;
  quick.policy.limits.wall = std::chrono::milliseconds(100) * slowness();
  quick.policy.limits.memory_bytes = 16 << 20;
  quick.policy.limits.pids = 32;
  static_cast<void>(run({"/bin/true"}, quick));
  static_cast<void>(run({"/bin/false"}, quick));
  static_cast<void>(run({"sleep_forever"}, quick));
  static_cast<void>(run({"grow_memory"}, quick));
  static_cast<void>(run({"fork_storm"}, quick));
  static_cast<void>(run({"leave_children", "10"}, quick));
  static_cast<void>(run({"leave_daemon"}, quick));
  static_cast<void>(run({"write_bytes", "1", "100000000"}, quick));
  static_cast<void>(run({"try_forbidden"}, Trial(stage_policy("strict-run"))));
  EXPECT_FALSE(try_run({"/no/such/program"}, quick).has_value());
  Trial unbound = quick;
  unbound.more_binds.push_back(shown("/no/such/directory", "/data"));
  EXPECT_FALSE(try_run({"/bin/true"}, unbound).has_value());
  EXPECT_TRUE(prepare(quick).has_value()) << "prepared and never used";
}

TEST(Traces, NoneAfterRunsOfEveryKind) {
  run_mixed_round();  // what is made once and kept
  reap_orphans();
  const HostState before = host_state();
  const std::size_t launcher_before = launcher_descriptors();
  const std::size_t groups_before = launcher().groups().groups_alive();
  const int rounds = slowness() > 1 ? 2 : 10;
  for (int round = 0; round < rounds; ++round) run_mixed_round();
  reap_orphans();
  EXPECT_EQ(host_state(), before);
  EXPECT_TRUE(eventually([&] { return launcher_descriptors() == launcher_before; }));
  EXPECT_EQ(launcher().groups().groups_alive(), groups_before);
  for (const std::string& directory : launcher().groups().directories()) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      EXPECT_FALSE(entry.is_directory()) << entry.path() << " is left";
    }
  }
}

TEST(Traces, OneRunsFilesAreNotTheNextOnes) {
  EXPECT_EQ(output_of({"/bin/sh", "-c", "echo x > /tmp/f; echo x > /work/f; echo x > /dev/shm/f"}),
            "");
  EXPECT_EQ(output_of({"/bin/ls", "/tmp", "/work", "/dev/shm"}), "/dev/shm:\n\n/tmp:\n\n/work:\n");
}

TEST(Traces, SandboxesSideBySideDoNotMeet) {
  const auto other = prepare({});
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(output_of({"/bin/sh", "-c", "cd /proc && echo [0-9]*"}).find(' '), std::string::npos);
  EXPECT_EQ(launcher().groups().groups_alive(), 1U);
}

}  // namespace
}  // namespace gobox::tests
