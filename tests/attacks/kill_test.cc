// SPDX-License-Identifier: Apache-2.0

// kill -9 of the supervisor, its launcher, PID 1 of a sandbox and the program in it, at moments of
// chance: nothing stays behind, and the next run is fine.
//
// GOBOX_KILL_ROUNDS: how often; 60 unless set.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/attacks/driver_process.h"

namespace gobox::attacks {
namespace {

constexpr int kPatience = 60'000;  // milliseconds; a hang is a failure
const std::string kProgram = std::string(GOBOX_ATTACK_PROGRAMS) + "/driver/true";
const char* const kRanks[] = {"supervisor", "launcher", "PID 1", "program"};

int rounds() {
  const char* value = std::getenv("GOBOX_KILL_ROUNDS");
  return value == nullptr ? 60 : std::max(8, std::atoi(value));
}

// Sandboxes come and go within milliseconds: looks until there is one, for a while.
pid_t pick_victim(pid_t driver, int rank) {
  constexpr int kLooks = 50;
  for (int look = 0; look < kLooks; ++look) {
    pid_t victim = driver;
    for (int i = 0; i < rank && victim > 0; ++i) {
      const std::vector<pid_t> children = children_of(victim);
      victim = children.empty() ? -1 : children.front();
    }
    if (victim > 0) return victim;
  }
  return -1;
}

void expect_next_run_is_fine() {
  auto driver = DriverProcess::start({GOBOX_ATTACK_DRIVER, kProgram, "1"});
  ASSERT_TRUE(driver) << driver.error().message;
  EXPECT_EQ(driver->next_line(kPatience), "exit 0");
  EXPECT_EQ(driver->wait(kPatience), 0);
}

TEST(Kill, OfAnyProcessAtAnyMomentLeavesNothing) {
  std::mt19937 random(20240229);
  int hits[4] = {};
  const int all = rounds();
  for (int round = 0; round < all; ++round) {
    const int rank = round % 4;
    SCOPED_TRACE("round " + std::to_string(round) + ": " + kRanks[rank]);
    auto driver = DriverProcess::start({GOBOX_ATTACK_DRIVER, kProgram, "100000"});
    ASSERT_TRUE(driver) << driver.error().message;
    const pid_t pid = driver->pid();
    for (unsigned i = random() % 4; i > 0; --i) ASSERT_TRUE(driver->next_line(kPatience));
    const pid_t victim = pick_victim(pid, rank);
    if (victim > 0 && ::kill(victim, SIGKILL) == 0) ++hits[rank];
    if (rank >= 2) {  // it goes on, whatever it said about that one run
      bool fine = true;
      for (int i = 0; i < 5; ++i) {
        const auto line = driver->next_line(kPatience);
        ASSERT_TRUE(line);
        EXPECT_TRUE(fine || *line == "exit 0") << *line;
        fine = *line == "exit 0";
      }
    }
    if (rank != 0) ::kill(pid, SIGKILL);
    ASSERT_NE(driver->wait(kPatience), -1);
    // The next start sweeps what a killed one could not take away itself.
    expect_next_run_is_fine();
    ASSERT_EQ(left_of(pid, 10'000), "");
  }
  std::cout << "killed:";
  for (int rank = 0; rank < 4; ++rank) std::cout << " " << kRanks[rank] << " " << hits[rank];
  std::cout << " of " << all / 4 << " each\n";
  EXPECT_GE(hits[0], all / 4);
  EXPECT_GE(hits[1], all / 5);
  EXPECT_GE(hits[2], 1);
  EXPECT_GE(hits[3], 1);
}

}  // namespace
}  // namespace gobox::attacks
