// SPDX-License-Identifier: Apache-2.0

// What a program may not do, and that it cannot win it back.

#include <linux/keyctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"
#include "tests/support/requirement.h"

namespace gobox::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The value of one line of /proc/self/status, blanks squeezed.
std::string field_of(const std::string& status, const std::string& name) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name + ":", 0) != 0) continue;
    std::istringstream words(line.substr(name.size() + 1));
    std::string value;
    for (std::string word; words >> word;) value += (value.empty() ? "" : " ") + word;
    return value;
  }
  return "no such line";
}

TEST(Rights, NoCapabilityInAnySet) {
  const std::string status = output_of({"/bin/cat", "/proc/self/status"});
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(field_of(status, set), "0000000000000000") << set;
  }
}

TEST(Rights, NoNewPrivilegesAndAFilter) {
  const std::string status = output_of({"/bin/cat", "/proc/self/status"});
  EXPECT_EQ(field_of(status, "NoNewPrivs"), "1");
  EXPECT_EQ(field_of(status, "Seccomp"), "2");
}

TEST(Rights, AnUnprivilegedUserWithoutGroups) {
  const std::string status = output_of({"/bin/cat", "/proc/self/status"});
  EXPECT_EQ(field_of(status, "Uid"), "1000 1000 1000 1000");
  EXPECT_EQ(field_of(status, "Gid"), "1000 1000 1000 1000");
  EXPECT_EQ(field_of(status, "Groups"), "");
}

// Listening is done in its stead, and must not be done in another's name.
TEST(Rights, ALocalSocketThatListensIsTheProgramsOwn) {
  EXPECT_EQ(output_of({"listen_locally"}), "user 1000, group 1000\n");
}

TEST(Rights, EverySandboxHasUserIdsOfItsOwnOutside) {
  GOBOX_REQUIRE(::geteuid() == 0, "root, to map other user ids");
  const auto one = prepare({});
  const auto other = prepare({});
  ASSERT_TRUE(one.has_value() && other.has_value());
  const auto owner_of = [](const sandbox::Sandbox& sandbox) {
    struct stat status {};
    EXPECT_EQ(::fstatat(sandbox.space(), "work", &status, 0), 0);
    return status.st_uid;
  };
  EXPECT_GE(owner_of(**one), 65536U);
  EXPECT_GE(owner_of(**other), 65536U);
  EXPECT_NE(owner_of(**one), owner_of(**other));
}

TEST(Rights, TheOomKillerTakesTheProgramFirst) {
  EXPECT_EQ(output_of({"/bin/cat", "/proc/self/oom_score_adj"}), "1000\n");
}

TEST(Rights, NothingThatOnlyAnAttackerDoesSucceeds) {
  const std::string answers = output_of({"try_forbidden"});
  EXPECT_THAT(answers, Not(HasSubstr("done"))) << answers;
  EXPECT_THAT(answers, HasSubstr("unshare user: Operation not permitted\n"));
  EXPECT_THAT(answers, HasSubstr("ptrace: Operation not permitted\n"));
  EXPECT_THAT(answers, HasSubstr("sethostname: Operation not permitted\n"));
}

TEST(Rights, SetuidFilesGiveNothing) {
  const std::string status = output_of(
      {"/bin/sh", "-c", "cp /bin/cat /tmp/c && chmod 6755 /tmp/c && /tmp/c /proc/self/status"});
  EXPECT_EQ(field_of(status, "Uid"), "1000 1000 1000 1000");
  EXPECT_EQ(field_of(status, "CapEff"), "0000000000000000");
}

TEST(Rights, StrictNamesTheForbiddenCallAndEndsTheRun) {
  Trial trial(stage_policy("strict-run"));
  const sandbox::Ending ending = run({"try_forbidden"}, std::move(trial));
  EXPECT_EQ(ending.killed, sandbox::KillReason::kViolation);
  ASSERT_TRUE(ending.violation.has_value());
  EXPECT_EQ(ending.violation->syscall, "unshare");
}

// Keyrings are not namespaced: what the caller's session holds must be out of reach even where the
// filter lets keyctl through.
TEST(Rights, TheCallersKeysAreNotInherited) {
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  const long key =
      ::syscall(SYS_add_key, "user", "gobox-kernel-test", "secret", 6, KEY_SPEC_SESSION_KEYRING);
  GOBOX_REQUIRE(key >= 0, "add_key(2)");
  Trial trial;
  allow_calls(trial.policy, {"keyctl"});
  const std::string answer = output_of({"find_key", "gobox-kernel-test"}, std::move(trial));
  ::syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_SESSION_KEYRING);
  EXPECT_THAT(answer, HasSubstr("key: "));
  EXPECT_THAT(answer, Not(HasSubstr("done")));
}

class ForeignCall : public ::testing::TestWithParam<const char*> {};

TEST_P(ForeignCall, Dies) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "these architectures exist beside x86-64 only";
#endif
  const sandbox::Ending ending = run({"foreign_call", GetParam()});
  EXPECT_EQ(ending.killed, sandbox::KillReason::kViolation);
  ASSERT_TRUE(ending.violation.has_value());
  EXPECT_THAT(ending.violation->syscall, HasSubstr("(" + std::string(GetParam()) + ")"));
  EXPECT_EQ(ending.text(false), "") << "the call did not return";
}

INSTANTIATE_TEST_SUITE_P(Architectures, ForeignCall, ::testing::Values("i386", "x32"));

}  // namespace
}  // namespace gobox::tests
