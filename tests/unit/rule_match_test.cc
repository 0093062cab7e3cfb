// SPDX-License-Identifier: Apache-2.0

// Which rule a reported call falls under: the same that the filter would have found.

#include "sandbox/seccomp/rule_match.h"

#include <gtest/gtest.h>

#include <array>

namespace gobox::sandbox {
namespace {

using policies::ArgumentTest;
using policies::Seccomp;
using policies::SyscallRule;

constexpr std::uint64_t kLow = 0xffffffff;

Seccomp sample() {
  Seccomp seccomp;
  seccomp.rules = {
      {.calls = {"read", "write"},
       .action = SyscallRule::Action::kAllow,
       .when = {},
       .comment = {}},
      {.calls = {"fcntl"},
       .action = SyscallRule::Action::kAsk,
       .when = {{.index = 1, .op = ArgumentTest::Op::kMaskedEqual, .mask = kLow, .value = 5}},
       .comment = {}},
      {.calls = {"fcntl"},
       .action = SyscallRule::Action::kErrno,
       .errno_value = 22,
       .when = {{.index = 1, .op = ArgumentTest::Op::kGreaterEqual, .value = 100},
                {.index = 2, .op = ArgumentTest::Op::kNotEqual, .value = 0}},
       .comment = {}},
  };
  return seccomp;
}

SyscallRule::Action action_of(const char* call, std::uint64_t one, std::uint64_t two = 0) {
  const Seccomp seccomp = sample();
  const std::array<std::uint64_t, 6> arguments = {3, one, two};
  const SyscallRule* rule = matching_rule(seccomp, call, arguments);
  return rule == nullptr ? SyscallRule::Action::kForbid : rule->action;
}

TEST(RuleMatch, GoesByNameAndByEveryTest) {
  EXPECT_EQ(action_of("write", 0), SyscallRule::Action::kAllow);
  EXPECT_EQ(action_of("fcntl", 5), SyscallRule::Action::kAsk);
  EXPECT_EQ(action_of("fcntl", 5 | 1ULL << 32), SyscallRule::Action::kAsk);
  EXPECT_EQ(action_of("fcntl", 100, 1), SyscallRule::Action::kErrno);
}

TEST(RuleMatch, FindsNoneWhereNoneHolds) {
  EXPECT_EQ(action_of("fcntl", 6), SyscallRule::Action::kForbid);
  EXPECT_EQ(action_of("fcntl", 100, 0), SyscallRule::Action::kForbid);
  EXPECT_EQ(action_of("mount", 0), SyscallRule::Action::kForbid);
  EXPECT_EQ(action_of("fcntl (i386)", 5), SyscallRule::Action::kForbid);
}

}  // namespace
}  // namespace gobox::sandbox
