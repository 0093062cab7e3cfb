// SPDX-License-Identifier: Apache-2.0

// A writable space on disk: as large as the limit, not charged for good, and gone without a trace.

#include <dirent.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"
#include "tests/support/host_state.h"
#include "tests/support/requirement.h"

namespace gobox::tests {
namespace {

using sandbox::Ending;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kMiB = 1 << 20;

// On the disk that the build lies on: /tmp may be memory.
std::string directory() {
  return (std::filesystem::path(GOBOX_KERNEL_PROGRAMS).parent_path() / "scratch").string();
}

// Loop devices with a file without a name behind them: "/path/#inode (deleted)".
std::size_t devices_of_ours() {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block", ignored)) {
    const auto file = read_file((entry.path() / "loop/backing_file").string());
    if (file && file->starts_with(directory())) ++count;
  }
  return count;
}

// Not where root is missing or there is no loop device; user-mode Linux sees the host's files
// through a file system that knows no file without a name.
bool is_possible() {
  return !in_user_mode_linux() && ::geteuid() == 0 && ::access("/dev/loop-control", W_OK) == 0;
}

Trial on_disk(std::uint64_t memory, std::uint64_t disk) {
  launcher().use_scratch_directory(directory());
  Trial trial;
  trial.policy.scratch = policies::Scratch::kDisk;
  trial.policy.limits.memory_bytes = memory;
  trial.policy.limits.disk_bytes = disk;
  trial.policy.limits.file_bytes = 4 * disk;
  trial.policy.limits.wall = std::chrono::seconds(120);
  return trial;
}

#define GOBOX_REQUIRE_SCRATCH()                                                 \
  if (in_user_mode_linux()) GTEST_SKIP() << "no file without a name on hostfs"; \
  if (!has_loop_devices()) GTEST_SKIP() << "a kernel without loop devices";     \
  GOBOX_REQUIRE(is_possible(), "root and loop devices, for a writable space on a disk")

TEST(ScratchOnDisk, WhatIsWrittenIsNotChargedForGood) {
  GOBOX_REQUIRE_SCRATCH();
  const Ending ending =
      run({"/bin/sh", "-c", "head -c 134217728 /dev/zero > /work/big && stat -c %s /work/big"},
          on_disk(32 * kMiB, 192 * kMiB));
  EXPECT_EQ(ending.usage.oom_kills, 0U);
  EXPECT_EQ(ending.text(false), "134217728\n") << ending.text(true);
}

TEST(ScratchOnDisk, IsAsLargeAsItsLimitToTheBlock) {
  GOBOX_REQUIRE_SCRATCH();
  for (const std::uint64_t size : {8 * kMiB, 64 * kMiB, 1024 * kMiB}) {
    EXPECT_EQ(output_of({"/bin/sh", "-c", "stat -f -c '%a %S' /work"}, on_disk(64 * kMiB, size)),
              std::to_string(size / 4096) + " 4096\n");
  }
}

TEST(ScratchOnDisk, OneLimitBoundsAllWritableFolders) {
  GOBOX_REQUIRE_SCRATCH();
  EXPECT_THAT(output_of({"fill_files", "/work", "/tmp", "/dev/shm"}, on_disk(64 * kMiB, 8 * kMiB)),
              ::testing::AnyOf("7 No space left on device\n", "8 No space left on device\n"));
}

TEST(ScratchOnDisk, TheNumberOfFilesIsBoundedToo) {
  GOBOX_REQUIRE_SCRATCH();
  Trial trial = on_disk(64 * kMiB, 8 * kMiB);
  trial.policy.limits.disk_inodes = 50;
  const Ending ending =
      run({"/bin/sh", "-c", "i=0; while true > /tmp/$i; do i=$((i+1)); done 2>/dev/null; echo $i"},
          std::move(trial));
  EXPECT_LE(std::atoi(ending.text(false).c_str()), 64);
  EXPECT_GE(std::atoi(ending.text(false).c_str()), 40);
}

TEST(ScratchOnDisk, IsNeitherForDevicesNorForRights) {
  GOBOX_REQUIRE_SCRATCH();
  const std::string mounts =
      output_of({"/bin/cat", "/proc/self/mounts"}, on_disk(64 * kMiB, 8 * kMiB));
  for (const char* place : {" /work ext4 ", " /tmp ext4 ", " /dev/shm ext4 "}) {
    const std::size_t at = mounts.find(place);
    ASSERT_NE(at, std::string::npos) << place << mounts;
    const std::string line = mounts.substr(at, mounts.find('\n', at) - at);
    EXPECT_THAT(line, HasSubstr("nosuid,nodev"));
  }
}

TEST(ScratchOnDisk, TheProgramsFilesAreItsOwnAndNothingElseIsThere) {
  GOBOX_REQUIRE_SCRATCH();
  EXPECT_EQ(
      output_of({"/bin/sh", "-c",
                 "touch /work/x; stat -c '%u %g %a' /work /work/x; ls -A /work /tmp /dev/shm"},
                on_disk(64 * kMiB, 8 * kMiB)),
      "1000 1000 755\n1000 1000 644\n/dev/shm:\n\n/tmp:\n\n/work:\nx\n");
}

// Filled to the brim by one that is then killed at its limit.
TEST(ScratchOnDisk, NothingIsLeftOnTheHostOrSeenThere) {
  GOBOX_REQUIRE_SCRATCH();
  const HostState before = host_state();

  struct statvfs room {};

  ASSERT_EQ(::statvfs(GOBOX_KERNEL_PROGRAMS, &room), 0);
  Trial trial = on_disk(64 * kMiB, 256 * kMiB);
  trial.policy.limits.wall = std::chrono::seconds(2);
  {
    auto sandbox = prepare(trial);
    ASSERT_TRUE(sandbox.has_value()) << sandbox.error().message;
    EXPECT_EQ(devices_of_ours(), 1U);
    EXPECT_EQ(host_state().mounts, before.mounts);
  }
  const Ending ending =
      run({"/bin/sh", "-c", "cat /dev/zero > /work/big; while :; do :; done"}, std::move(trial));
  EXPECT_EQ(ending.killed, sandbox::KillReason::kWallLimit);
  EXPECT_TRUE(eventually([] { return devices_of_ours() == 0; }));
  EXPECT_EQ(host_state().mounts, before.mounts);
  EXPECT_TRUE(std::filesystem::is_empty(directory()));
  // Others use the disk too, but not this much at once.
  const std::uint64_t free_before = room.f_bavail * room.f_frsize;
  EXPECT_TRUE(eventually([&] {
    return ::statvfs(GOBOX_KERNEL_PROGRAMS, &room) == 0 &&
           room.f_bavail * room.f_frsize + 200 * kMiB > free_before;
  }));
}

TEST(ScratchOnDisk, ADirectoryInMemoryIsRefusedByName) {
  GOBOX_REQUIRE_SCRATCH();
  Trial trial = on_disk(64 * kMiB, 8 * kMiB);
  launcher().use_scratch_directory("/dev/shm/gobox-scratch-test");
  const auto sandbox = prepare(trial);
  std::filesystem::remove("/dev/shm/gobox-scratch-test");
  ASSERT_FALSE(sandbox.has_value());
  EXPECT_THAT(sandbox.error().message, HasSubstr("/dev/shm/gobox-scratch-test, which is itself"));
}

TEST(ScratchOnDisk, ADiskWithoutRoomIsRefusedByName) {
  GOBOX_REQUIRE_SCRATCH();
  const auto sandbox = prepare(on_disk(64 * kMiB, std::uint64_t{1} << 46));
  ASSERT_FALSE(sandbox.has_value());
  EXPECT_THAT(sandbox.error().message, HasSubstr("of disk aside in " + directory()));
  EXPECT_EQ(devices_of_ours(), 0U);
}

}  // namespace
}  // namespace gobox::tests
