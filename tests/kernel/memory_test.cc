// SPDX-License-Identifier: Apache-2.0

// The memory limit: who is killed at it, who is not, and what is counted.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/kernel/trial.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

using sandbox::Ending;

constexpr std::uint64_t kMiB = 1 << 20;

Trial with_memory(std::uint64_t bytes) {
  Trial trial;
  trial.policy.limits.memory_bytes = bytes;
  trial.policy.limits.wall = std::chrono::seconds(60);
  return trial;
}

TEST(Memory, KillsTheMainProcessAtTheLimit) {
  const Ending ending = run({"grow_memory"}, with_memory(32 * kMiB));
  EXPECT_GE(ending.usage.oom_kills, 1U);
  EXPECT_EQ(ending.signal, SIGKILL);
  EXPECT_EQ(ending.killed, sandbox::KillReason::kNone) << "the kernel did it, not the supervisor";
  // What the kernel must not refuse itself (GFP_NOFAIL) may go beyond the limit by some pages.
  EXPECT_LE(ending.usage.memory_peak_bytes, 32 * kMiB + kMiB / 16);
  EXPECT_GE(ending.usage.memory_peak_bytes, 30 * kMiB);
}

TEST(Memory, CountsTheKillOfAChild) {
  const Ending ending = run({"grow_in_child"}, with_memory(32 * kMiB));
  EXPECT_GE(ending.usage.oom_kills, 1U);
}

TEST(Memory, HoldsWhatFitsUnderTheLimit) {
  const Ending ending = run({"grow_memory", "20"}, with_memory(32 * kMiB));
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(ending.usage.oom_kills, 0U);
  EXPECT_GE(ending.usage.memory_peak_bytes, 20 * kMiB);
}

TEST(Memory, AnEarlierRunsPeakIsNotInherited) {
  run({"grow_memory", "40"}, with_memory(64 * kMiB));
  const Ending ending = run({"/bin/true"}, with_memory(64 * kMiB));
  EXPECT_LT(ending.usage.memory_peak_bytes, 20 * kMiB);
  EXPECT_EQ(ending.usage.oom_kills, 0U);
}

TEST(Memory, PageCacheOfBigFilesIsNotOutOfMemory) {
  const ScratchDirectory scratch;
  constexpr int kFileMiB = 64;
  {
    std::ofstream file(scratch / "big", std::ios::binary);
    const std::string block(kMiB, 'x');
    for (int i = 0; i < kFileMiB; ++i) file << block;
  }
  // Out of the cache, or reading it would be charged to nobody inside.
  const UniqueFd file(::open((scratch / "big").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::fsync(file.get()), 0);
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0755), 0);
  Trial trial = with_memory(16 * kMiB);
  trial.more_binds.push_back(shown(scratch.path(), "/data"));
  const Ending ending = run({"read_files", "/data/big"}, std::move(trial));
  EXPECT_EQ(ending.usage.oom_kills, 0U);
  EXPECT_EQ(ending.exit_code, 0) << ending.text(true);
  EXPECT_EQ(ending.text(false), std::to_string(kFileMiB * kMiB) + "\n");
}

TEST(Memory, FilesInTheWritableSpaceCount) {
  Trial trial = with_memory(16 * kMiB);
  trial.policy.limits.disk_bytes = 64 * kMiB;
  const Ending ending = run({"fill_files", "/tmp"}, std::move(trial));
  EXPECT_GE(ending.usage.oom_kills, 1U);
}

}  // namespace
}  // namespace gobox::tests
