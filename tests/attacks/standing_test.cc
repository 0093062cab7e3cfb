// SPDX-License-Identifier: Apache-2.0

// A sandbox whose program stands still, seen from the host: what no program in it could tell of its
// PID 1 and its control groups, and what becomes of it when our own processes are killed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "base/file.h"
#include "sandbox/cgroup/cgroup_layout.h"
#include "tests/attacks/driver_process.h"

namespace gobox::attacks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(5);
const std::string kProgram = std::string(GOBOX_ATTACK_PROGRAMS) + "/driver/pause";
const std::string kProgramThatEnds = std::string(GOBOX_ATTACK_PROGRAMS) + "/driver/true";

std::string text_of(const std::string& path) {
  const auto text = read_file(path);
  return text ? *text : "(" + text.error().message + ")";
}

std::string first_line_of(const std::string& path) {
  const std::string text = text_of(path);
  return text.substr(0, text.find('\n'));
}

std::string directory_of(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

// "Name:\tvalue" of /proc/PID/status, without the blanks around the value.
std::map<std::string, std::string> status_of(pid_t pid) {
  std::map<std::string, std::string> fields;
  std::istringstream lines(text_of(directory_of(pid) + "/status"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    if (colon == std::string::npos) continue;
    std::string value = begin == std::string::npos ? "" : line.substr(begin);
    value.erase(value.find_last_not_of(" \t") + 1);
    fields[line.substr(0, colon)] = value;
  }
  return fields;
}

class Standing : public testing::Test {
 protected:
  void SetUp() override {
    auto driver = DriverProcess::start({GOBOX_ATTACK_DRIVER, kProgram, "1"});
    ASSERT_TRUE(driver) << driver.error().message;
    driver_.emplace(std::move(*driver));
    const auto give_up = Clock::now() + kPatience;
    while (!find_processes() && Clock::now() < give_up) std::this_thread::yield();
    ASSERT_GT(program_, 0) << "the program never started";
  }

  void TearDown() override {
    if (!driver_) return;
    const pid_t pid = driver_->pid();
    driver_.reset();  // kills it
    auto next = DriverProcess::start({GOBOX_ATTACK_DRIVER, kProgramThatEnds, "1"});
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->next_line(60'000), "exit 0");
    EXPECT_EQ(left_of(pid, 10'000), "");  // the next start has swept its groups
  }

  static bool ends(const UniqueFd& handle) {
    pollfd entry{handle.get(), POLLIN, 0};
    const auto patience = std::chrono::milliseconds(kPatience).count();
    return ::poll(&entry, 1, static_cast<int>(patience)) == 1;
  }

  std::optional<DriverProcess> driver_;
  pid_t launcher_ = -1;
  pid_t init_ = -1;
  pid_t program_ = -1;
  UniqueFd program_handle_;

 private:
  // Until it has executed, the program is a copy of the launcher in name too.
  bool find_processes() {
    const auto only_child = [](pid_t pid) {
      const std::vector<pid_t> children = pid > 0 ? children_of(pid) : std::vector<pid_t>();
      return children.size() == 1 ? children.front() : -1;
    };
    launcher_ = only_child(driver_->pid());
    init_ = only_child(launcher_);
    const pid_t program = only_child(init_);
    const std::string command = program > 0 ? text_of(directory_of(program) + "/cmdline") : "";
    if (command.substr(0, command.find('\0')) != "program") return false;
    program_handle_.reset(static_cast<int>(::syscall(SYS_pidfd_open, program, 0)));
    program_ = program;
    return true;
  }
};

TEST_F(Standing, LeavesItsPidOneNoRights) {
  const auto status = status_of(init_);
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(status.at(set), "0000000000000000") << set;
  }
  EXPECT_EQ(status.at("NoNewPrivs"), "1");
  EXPECT_EQ(status.at("Seccomp"), "2");
  if (::geteuid() == 0) {
    EXPECT_EQ(status.at("Groups"), "");
  }
  // Where memory may not be executed, the launcher is a copy of its parent.
  if (first_line_of("/proc/sys/vm/memfd_noexec") != "2") {
    EXPECT_EQ(text_of(directory_of(init_) + "/environ"), "");
  }

  // Of what may not be dumped, /proc gives the files to root.
  struct stat owner {};

  ASSERT_EQ(::stat((directory_of(init_) + "/environ").c_str(), &owner), 0);
  EXPECT_EQ(owner.st_uid, 0U);
}

TEST_F(Standing, SharesNoNamespaceWithTheHost) {
  for (const char* name : {"user", "pid", "mnt", "net", "ipc", "uts", "cgroup"}) {
    std::error_code failure;
    const std::string link = std::string("/ns/") + name;
    const auto theirs = std::filesystem::read_symlink(directory_of(program_) + link, failure);
    ASSERT_FALSE(failure) << name << ": " << failure.message();
    EXPECT_NE(theirs, std::filesystem::read_symlink("/proc/self" + link)) << name;
  }
}

// Behind a chroot, the directory above the root is the old one; behind pivot_root there is none.
TEST_F(Standing, LeavesNoWayToTheOldRoot) {
  struct stat above {};

  struct stat host {};

  ASSERT_EQ(::stat((directory_of(program_) + "/root/..").c_str(), &above), 0);
  ASSERT_EQ(::stat("/", &host), 0);
  EXPECT_FALSE(above.st_dev == host.st_dev && above.st_ino == host.st_ino);
}

// The numbers are those of policies/run.json.
TEST_F(Standing, HasEveryLimitInItsGroups) {
  const sandbox::CgroupLayout layout = sandbox::parse_cgroup_layout(
      text_of("/proc/self/mountinfo"), text_of(directory_of(program_) + "/cgroup"));
  const auto value = [](const sandbox::HierarchyPlace& place, const std::string& file) {
    return first_line_of(place.own_directory + "/" + file);
  };
  const std::string memory = std::to_string(256 << 20);
  if (const sandbox::HierarchyPlace* place = layout.legacy_of("memory")) {
    EXPECT_EQ(value(*place, "memory.limit_in_bytes"), memory);
    const std::string both = "memory.memsw.limit_in_bytes";
    if (std::filesystem::exists(place->own_directory + "/" + both)) {
      EXPECT_EQ(value(*place, both), memory);
    }
    ASSERT_NE(layout.legacy_of("pids"), nullptr);
    EXPECT_EQ(value(*layout.legacy_of("pids"), "pids.max"), "128");
    ASSERT_NE(layout.legacy_of("cpu"), nullptr);
    EXPECT_EQ(value(*layout.legacy_of("cpu"), "cpu.cfs_quota_us"), "100000");
    return;
  }
  ASSERT_TRUE(layout.unified);
  EXPECT_EQ(value(*layout.unified, "memory.max"), memory);
  if (std::filesystem::exists(layout.unified->own_directory + "/memory.swap.max")) {
    EXPECT_EQ(value(*layout.unified, "memory.swap.max"), "0");
  }
  EXPECT_EQ(value(*layout.unified, "memory.oom.group"), "1");
  EXPECT_EQ(value(*layout.unified, "pids.max"), "128");
  EXPECT_EQ(value(*layout.unified, "cpu.max"), "100000 100000");
}

// Without waiting for a next start to sweep it away.
TEST_F(Standing, EndsWhenItsSupervisorIsKilled) {
  ASSERT_EQ(::kill(driver_->pid(), SIGKILL), 0);
  EXPECT_TRUE(ends(program_handle_));
}

TEST_F(Standing, EndsWhenItsLauncherIsKilled) {
  ASSERT_EQ(::kill(launcher_, SIGKILL), 0);
  EXPECT_TRUE(ends(program_handle_));
}

}  // namespace
}  // namespace gobox::attacks
