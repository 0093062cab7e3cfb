// SPDX-License-Identifier: Apache-2.0

#include "tests/kernel/trial.h"

#include <fcntl.h>

#include <algorithm>

#include "base/file.h"
#include "gtest/gtest.h"
#include "policies/loader.h"
#include "tests/support/host_state.h"
#include "tests/support/requirement.h"

namespace gobox::tests {
namespace {

std::unique_ptr<sandbox::Launcher>& launcher_slot() {
  static std::unique_ptr<sandbox::Launcher> slot;
  return slot;
}

class LauncherEnvironment : public ::testing::Environment {
 public:
  void SetUp() override {
    become_subreaper();
    auto started = sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse);
    ASSERT_TRUE(started.has_value()) << "missing right: " << started.error().message;
    launcher_slot() = std::move(*started);
  }

  void TearDown() override {
    if (!launcher_slot()) return;
    const std::vector<std::string> directories = launcher().groups().directories();
    launcher_slot().reset();
    for (const std::string& directory : directories) {
      EXPECT_NE(::access(directory.c_str(), F_OK), 0) << directory << " is left";
    }
  }
};

const ::testing::Environment* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new LauncherEnvironment);

const sandbox::SeccompFilter& compiled(const policies::Seccomp& policy) {
  // Compiling takes longer than running: one filter for each of the few policies there are.
  static std::vector<std::pair<policies::Seccomp, sandbox::SeccompFilter>> known;
  for (const auto& [each, filter] : known) {
    if (each == policy) return filter;
  }
  auto filter = sandbox::SeccompFilter::compile(policy, sandbox::Watch::kPolicy);
  EXPECT_TRUE(filter.has_value()) << filter.error().message;
  known.reserve(64);  // references into it are handed out
  return known.emplace_back(policy, std::move(*filter)).second;
}

}  // namespace

sandbox::Launcher& launcher() {
  return *launcher_slot();
}

policies::StagePolicy stage_policy(const std::string& name) {
  static const auto kLoaded = policies::PolicySet::load(GOBOX_SOURCE_DIR "/policies");
  EXPECT_TRUE(kLoaded.has_value()) << kLoaded.error().message;
  auto policy = kLoaded->stage(name);
  EXPECT_TRUE(policy.has_value()) << policy.error().message;
  return *policy;
}

void allow_calls(policies::StagePolicy& policy, const std::vector<std::string>& calls) {
  auto& rules = policy.seccomp.rules;
  for (policies::SyscallRule& rule : rules) {
    std::erase_if(rule.calls, [&](const std::string& call) {
      return std::find(calls.begin(), calls.end(), call) != calls.end();
    });
  }
  std::erase_if(rules, [](const policies::SyscallRule& rule) { return rule.calls.empty(); });
  policies::SyscallRule allowed;
  allowed.calls = calls;
  rules.push_back(std::move(allowed));
}

policies::Bind shown(const std::string& source, const std::string& target) {
  policies::Bind bind;
  bind.source = source;
  bind.target = target;
  return bind;
}

UniqueFd open_program(const std::string& name) {
  auto file = open_at(AT_FDCWD, std::string(GOBOX_KERNEL_PROGRAMS "/") + name, O_RDONLY);
  EXPECT_TRUE(file.has_value()) << name << ": " << file.error().message;
  return file ? std::move(*file) : UniqueFd();
}

Result<std::unique_ptr<sandbox::Sandbox>> prepare(const Trial& trial) {
  return launcher().prepare({.policy = trial.policy,
                             .filter = compiled(trial.policy.seccomp),
                             .more_binds = trial.more_binds,
                             .programs = 1});
}

Result<sandbox::Ending> try_run(const std::vector<std::string>& words, Trial trial) {
  const auto sandbox = TRY(prepare(trial));
  const bool inside = words[0].find('/') != std::string::npos;
  const UniqueFd executable = inside ? UniqueFd() : open_program(words[0]);
  UniqueFd input;
  if (!trial.input.empty()) input = TRY(sealed_memory_file("input", trial.input));
  sandbox::Execution& execution = trial.execution;
  execution.programs = {
      {.arguments = words, .environment = trial.environment, .executable = executable.get()}};
  if (input) execution.standard_input = input.get();
  execution.limits = trial.policy.limits;
  return sandbox->run(execution);
}

sandbox::Ending run(const std::vector<std::string>& words, Trial trial) {
  auto ending = try_run(words, std::move(trial));
  EXPECT_TRUE(ending.has_value()) << words[0] << ": " << ending.error().message;
  return ending ? std::move(*ending) : sandbox::Ending{};
}

std::string output_of(const std::vector<std::string>& words, Trial trial) {
  const sandbox::Ending ending = run(words, std::move(trial));
  EXPECT_EQ(ending.exit_code, 0) << words[0] << ": " << ending.text(true);
  EXPECT_EQ(ending.killed, sandbox::KillReason::kNone);
  return ending.text(false);
}

int slowness() {
  return in_user_mode_linux() ? 10 : 1;
}

}  // namespace gobox::tests
