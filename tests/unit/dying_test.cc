// SPDX-License-Identifier: Apache-2.0

// Whether a thread is on its way out, as the kernel's stat file says it.

#include "sandbox/dying.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gobox::sandbox {
namespace {

TEST(Dying, GoesByTheFlagsAlone) {
  EXPECT_TRUE(is_dying("7 (a) R 1 7 7 0 -1 4194308 0 0 0 0 0 0"));
  EXPECT_FALSE(is_dying("7 (a) R 1 7 7 0 -1 4194304 0 0 0 0 0 0"));
}

TEST(Dying, ANameIsNoFields) {
  EXPECT_FALSE(is_dying("7 (a) R 1 1 1 1 4 4) R 1 7 7 0 -1 4194304 0 0 0 0 0 0"));
  EXPECT_TRUE(is_dying("7 () ) ) Z 1 7 7 0 -1 4194316 0 0 0 0 0 0"));
}

TEST(Dying, WhatMakesNoSenseIsAlive) {
  for (const char* text :
       {"", "7 (a)", "7 (a) R 1 7 7 0 -1", "7 (a) R 1 7 7 0 -1 x", "4 4 4 4 4"}) {
    EXPECT_FALSE(is_dying(text)) << text;
  }
}

TEST(Dying, AZombieIsAndALivingProcessIsNot) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (;;) ::pause();
  }
  EXPECT_FALSE(are_all_dying({child}));
  EXPECT_FALSE(are_all_dying({::getpid()}));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(are_all_dying({child}));
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(are_all_dying({child})) << "and so is one that is gone";
}

}  // namespace
}  // namespace gobox::sandbox
