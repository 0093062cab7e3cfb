// SPDX-License-Identifier: Apache-2.0

// The supervisor or the launcher is killed in the middle of a fork storm: everything dies with it,
// and the next start sweeps what is left.

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"
#include "tests/support/host_state.h"

namespace gobox::tests {
namespace {

using sandbox::CgroupTree;

struct Told {
  pid_t launcher = 0;
  pid_t init = 0;
};

// What the second supervisor does: a Launcher of its own, and a storm that nobody ends for an hour.
[[noreturn]] void supervise_storm(int tell) {
  auto own = sandbox::Launcher::start(CgroupTree::Degraded::kRefuse);
  if (!own) ::_exit(10);
  policies::StagePolicy policy = stage_policy();
  policy.limits.wall = std::chrono::hours(1);
  policy.limits.pids = 64;
  auto filter = sandbox::SeccompFilter::compile(policy.seccomp, sandbox::Watch::kPolicy);
  if (!filter) ::_exit(11);
  auto sandbox =
      (*own)->prepare({.policy = policy, .filter = *filter, .more_binds = {}, .programs = 1});
  if (!sandbox) ::_exit(12);
  const UniqueFd program = open_program("fork_storm");
  sandbox::Execution execution;
  execution.programs = {
      {.arguments = {"fork_storm"}, .environment = {}, .executable = program.get()}};
  execution.limits = policy.limits;
  bool told = false;
  execution.sink = [&](bool, std::string_view) {
    const Told message{(*own)->pid(), (*sandbox)->init_pid()};
    if (!told && ::write(tell, &message, sizeof message) != sizeof message) ::_exit(13);
    told = true;
  };
  const auto ending = (*sandbox)->run(execution);
  sandbox = Error::host("");  // destroyed
  own = Error::host("");
  ::_exit(ending.has_value() ? 14 : 42);
}

// A supervisor in a process of its own, with its storm under way.
class Supervisor {
 public:
  Supervisor() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0) supervise_storm(writer.get());
    writer.reset();
    EXPECT_EQ(::read(reader.get(), &told_, sizeof told_), static_cast<ssize_t>(sizeof told_))
        << "the storm did not begin";
    // Its death is the death of everything in its process namespace.
    init_.reset(static_cast<int>(::syscall(SYS_pidfd_open, told_.init, 0)));
    EXPECT_TRUE(init_.valid());
  }

  pid_t pid() const { return pid_; }

  pid_t launcher_pid() const { return told_.launcher; }

  bool storm_ends_within(std::chrono::seconds patience) const {
    pollfd init{init_.get(), POLLIN, 0};
    const std::chrono::milliseconds ms = patience;
    return ::poll(&init, 1, static_cast<int>(ms.count())) == 1;
  }

  int wait_status() const {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    return status;
  }

 private:
  pid_t pid_ = -1;
  Told told_;
  UniqueFd init_;
};

TEST(Abandonment, AKilledSupervisorTakesItsStormWithItAndIsSwept) {
  const Supervisor supervisor;
  ASSERT_FALSE(groups_of(supervisor.pid()).empty());
  ASSERT_EQ(::kill(supervisor.pid(), SIGKILL), 0);
  const int status = supervisor.wait_status();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(supervisor.storm_ends_within(std::chrono::seconds(20)));
  EXPECT_TRUE(eventually([] {
    reap_orphans();
    return host_state().processes.size() == 1;  // our own launcher
  })) << ::testing::PrintToString(host_state());

  ASSERT_FALSE(groups_of(supervisor.pid()).empty()) << "nobody was there to remove them";
  const auto next = CgroupTree::open(CgroupTree::Degraded::kRefuse);
  ASSERT_TRUE(next.has_value()) << next.error().message;
  EXPECT_THAT(groups_of(supervisor.pid()), ::testing::IsEmpty());
}

TEST(Abandonment, AKilledLauncherIsNoticed) {
  const Supervisor supervisor;
  ASSERT_EQ(::kill(supervisor.launcher_pid(), SIGKILL), 0);
  EXPECT_TRUE(supervisor.storm_ends_within(std::chrono::seconds(20)));
  const int status = supervisor.wait_status();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42) << "the run ends with an error of ours, not with an ending";
  EXPECT_TRUE(eventually([&] {
    reap_orphans();
    return host_state().processes.size() == 1 && groups_of(supervisor.pid()).empty();
  })) << ::testing::PrintToString(host_state());
}

TEST(Abandonment, LivingInstancesAreNotSwept) {
  const auto directories = launcher().groups().directories();
  const auto sandbox = prepare({});
  ASSERT_TRUE(sandbox.has_value());
  {
    const auto other = CgroupTree::open(CgroupTree::Degraded::kRefuse);
    ASSERT_TRUE(other.has_value()) << other.error().message;
    EXPECT_NE((*other)->directories(), directories);
  }
  for (const std::string& directory : directories) {
    EXPECT_EQ(::access(directory.c_str(), F_OK), 0) << directory;
  }
  EXPECT_EQ(run({"/bin/true"}).exit_code, 0);
}

// Many start at once: none may take another's fresh directories for a dead instance's.
TEST(Abandonment, ManyInstancesCanStartAtOnce) {
  constexpr int kProcesses = 8;
  const int starts = slowness() > 1 ? 5 : 40;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int start = 0; start < starts; ++start) {
        const auto tree = CgroupTree::open(CgroupTree::Degraded::kRefuse);
        if (!tree) ::_exit(1);
        const auto group =
            (*tree)->create({.memory_bytes = 64 << 20, .pids = 10, .cpus = 1, .memory_high = {}});
        if (!group) ::_exit(2);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "exit status " << WEXITSTATUS(status);
  }
}

}  // namespace
}  // namespace gobox::tests
