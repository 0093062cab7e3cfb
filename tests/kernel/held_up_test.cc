// SPDX-License-Identifier: Apache-2.0

// Whoever supervises is held up, by a reader of the output say: limits and cancellation hold all
// the same. And what a process can do to be overlooked when the main one has ended.

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"

namespace gobox::tests {
namespace {

using sandbox::Ending;
using sandbox::KillReason;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr int kPatience = 20'000;  // milliseconds; that it ends for another reason is the failure

// Runs `program` with a sink that returns only when PID 1 of the sandbox is dead.
struct HeldUp {
  Ending ending;
  bool died = false;
};

HeldUp run_held_up(const std::string& program, Trial trial,
                   const std::function<void()>& on_output) {
  HeldUp held;
  auto sandbox = prepare(trial);
  EXPECT_TRUE(sandbox.has_value()) << sandbox.error().message;
  if (!sandbox) return held;
  const UniqueFd init(static_cast<int>(::syscall(SYS_pidfd_open, (*sandbox)->init_pid(), 0)));
  const UniqueFd executable = open_program(program);
  sandbox::Execution& execution = trial.execution;
  execution.programs = {
      {.arguments = {program}, .environment = {}, .executable = executable.get()}};
  execution.limits = trial.policy.limits;
  execution.sink = [&](bool, std::string_view) {
    if (on_output) on_output();
    pollfd death{init.get(), POLLIN, 0};
    held.died = ::poll(&death, 1, kPatience) > 0;
  };
  auto ending = (*sandbox)->run(execution);
  EXPECT_TRUE(ending.has_value()) << ending.error().message;
  if (ending) held.ending = std::move(*ending);
  return held;
}

TEST(HeldUp, TheWallLimitHolds) {
  Trial trial;
  trial.policy.limits.wall = milliseconds(400) * slowness();
  trial.policy.limits.grace = milliseconds(100);
  trial.execution.quit_first = true;
  const HeldUp held = run_held_up("sleep_forever", std::move(trial), {});
  EXPECT_TRUE(held.died);
  EXPECT_EQ(held.ending.killed, KillReason::kWallLimit);
  EXPECT_EQ(held.ending.limit, milliseconds(400) * slowness());
  EXPECT_LT(held.ending.wall, std::chrono::seconds(5) * slowness());
}

TEST(HeldUp, TheCpuLimitHolds) {
  Trial trial;
  trial.policy.limits.wall = std::chrono::seconds(60);
  trial.policy.limits.cpu = milliseconds(200);
  const HeldUp held = run_held_up("spin_forever", std::move(trial), {});
  EXPECT_TRUE(held.died);
  EXPECT_EQ(held.ending.killed, KillReason::kCpuLimit);
  EXPECT_GE(held.ending.used, milliseconds(200));
}

TEST(HeldUp, ACallerWhoGoesAwayEndsTheRun) {
  const UniqueFd cancel(::eventfd(0, EFD_CLOEXEC));
  Trial trial;
  trial.policy.limits.wall = std::chrono::seconds(60);
  trial.execution.cancel = cancel.get();
  const HeldUp held = run_held_up("sleep_forever", std::move(trial), [&] {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(cancel.get(), &one, sizeof one), 8);
  });
  EXPECT_TRUE(held.died);
  EXPECT_EQ(held.ending.killed, KillReason::kCanceled);
}

// A hundred spinning threads under a hundredth of a processor: PID 1 has no turn to pass its death
// on.
TEST(HeldUp, AThrottledCrowdDiesOnTime) {
  Trial trial;
  trial.policy.limits.wall = std::chrono::seconds(1) * slowness();
  trial.policy.limits.cpus = 0.01;
  trial.policy.limits.pids = 128;
  const auto begin = std::chrono::steady_clock::now();
  const Ending ending = run({"spin_in_threads"}, std::move(trial));
  const auto taken = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(ending.killed, KillReason::kWallLimit);
  EXPECT_LT(taken, std::chrono::seconds(3) * slowness());
}

TEST(HeldUp, SetUpCanBeCanceled) {
  const UniqueFd cancel(::eventfd(1, EFD_CLOEXEC));
  Trial trial;
  const auto filter =
      sandbox::SeccompFilter::compile(trial.policy.seccomp, sandbox::Watch::kPolicy);
  ASSERT_TRUE(filter.has_value());
  const auto sandbox = launcher().prepare(
      {.policy = trial.policy, .filter = *filter, .more_binds = {}, .programs = 1}, cancel.get());
  ASSERT_FALSE(sandbox.has_value());
  EXPECT_EQ(sandbox.error().errno_value, ECANCELED);
  EXPECT_THAT(sandbox.error().message, HasSubstr("canceled while"));
  EXPECT_EQ(run({"/bin/true"}).exit_code, 0);
}

TEST(Survivors, AProcessWhoseFirstThreadHasEndedIsAlive) {
  const Ending ending = run({"leave_without_first_thread"});
  EXPECT_EQ(ending.exit_code, 0);
  ASSERT_EQ(ending.leaked.size(), 1U);
  EXPECT_NE(ending.leaked[0].state, 'Z');
  EXPECT_THAT(ending.leaked[0].command, HasSubstr("leave_without_first_thread"));
  EXPECT_GT(ending.leaked[0].pid, 1);
}

// The second program is killed while the first still runs: its end is not waited for until the
// limit.
TEST(Starting, AProgramThatDiedBeforeItsTurnIsNoTimeout) {
  Trial trial;
  trial.policy.limits.wall = std::chrono::seconds(20);
  const auto filter =
      sandbox::SeccompFilter::compile(trial.policy.seccomp, sandbox::Watch::kPolicy);
  ASSERT_TRUE(filter.has_value());
  auto sandbox = launcher().prepare(
      {.policy = trial.policy, .filter = *filter, .more_binds = {}, .programs = 2});
  ASSERT_TRUE(sandbox.has_value()) << sandbox.error().message;
  sandbox::Execution execution;
  // The parked ones have the same user: PID 2 and 3.
  execution.programs = {{.arguments = {"/bin/sh", "-c", "kill -KILL 3"}, .environment = {}},
                        {.arguments = {"/bin/echo", "reached"}, .environment = {}}};
  execution.limits = trial.policy.limits;
  const auto ending = (*sandbox)->run(execution);
  ASSERT_TRUE(ending.has_value()) << ending.error().message;
  EXPECT_EQ(ending->killed, KillReason::kNone);
  EXPECT_EQ(ending->signal, SIGKILL);
  EXPECT_EQ(ending->program, 1U);
  EXPECT_LT(ending->wall, std::chrono::seconds(10));
}

Result<Ending> run_named(const std::string& command) {
  Trial trial;
  const auto sandbox = TRY(prepare(trial));
  sandbox::Execution execution;
  execution.programs = {{.arguments = {command}, .environment = {}, .named_by_caller = true}};
  execution.limits = trial.policy.limits;
  return sandbox->run(execution);
}

TEST(Starting, WhatTheCallerNamedMayBeMissingOrNoProgram) {
  const auto missing = run_named("no-such-command");
  ASSERT_TRUE(missing.has_value()) << missing.error().message;
  EXPECT_EQ(missing->exit_code, 127);
  EXPECT_EQ(missing->text(true), "no-such-command: command not found\n");
  const auto unusable = run_named("/etc/passwd");
  ASSERT_TRUE(unusable.has_value()) << unusable.error().message;
  EXPECT_EQ(unusable->exit_code, 126);
  EXPECT_EQ(unusable->text(true), "/etc/passwd: Permission denied\n");
}

TEST(Starting, FilesThatDoNotFitAreTheCallersFault) {
  Trial trial;
  trial.policy.limits.disk_bytes = 4096;
  sandbox::FileRecord record;
  record.path_size = 2;
  record.data_size = 100'000;
  std::string archive(reinterpret_cast<const char*>(&record), sizeof record);
  archive +=
      std::string("a\0\0\0\0\0\0\0", 8) + std::string(sandbox::aligned(record.data_size), 'x');
  const auto files = sealed_memory_file("files", archive);
  ASSERT_TRUE(files.has_value());
  trial.execution.files = files->get();
  const auto ending = try_run({"/bin/true"}, std::move(trial));
  ASSERT_FALSE(ending.has_value());
  EXPECT_EQ(ending.error().kind, Error::Kind::kCaller);
  EXPECT_THAT(ending.error().message, HasSubstr("do not fit"));
}

// Explained, a program goes on after the call at which the policy would have ended it; that it made
// the call stands.
TEST(Explaining, KeepsTheViolation) {
  Trial trial(stage_policy("strict-run"));
  auto filter = sandbox::SeccompFilter::compile(trial.policy.seccomp, sandbox::Watch::kExplain);
  ASSERT_TRUE(filter.has_value());
  auto sandbox = launcher().prepare(
      {.policy = trial.policy, .filter = *filter, .more_binds = {}, .programs = 1});
  ASSERT_TRUE(sandbox.has_value()) << sandbox.error().message;
  const UniqueFd executable = open_program("try_forbidden");
  sandbox::Execution execution;
  execution.programs = {
      {.arguments = {"try_forbidden"}, .environment = {}, .executable = executable.get()}};
  execution.limits = trial.policy.limits;
  execution.explain = true;
  const auto ending = (*sandbox)->run(execution);
  ASSERT_TRUE(ending.has_value()) << ending.error().message;
  EXPECT_EQ(ending->killed, KillReason::kViolation);
  ASSERT_TRUE(ending->violation.has_value());
  EXPECT_FALSE(ending->refused.empty());
  EXPECT_EQ(ending->exit_code, 0) << "it went on to its end";
}

}  // namespace
}  // namespace gobox::tests
