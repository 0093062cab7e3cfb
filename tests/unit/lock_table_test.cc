// SPDX-License-Identifier: Apache-2.0

// The kernel's list of record locks, read as it prints it.

#include "sandbox/lock_table.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <string>

namespace gobox::sandbox {
namespace {

const dev_t kDevice = makedev(0, 0x2f);
constexpr ino_t kInode = 1234;

RecordLock wanted(bool write, std::uint64_t first, std::uint64_t last, pid_t owner = 77) {
  return {.write = write, .owner = owner, .first = first, .last = last};
}

bool conflicts(const std::string& table, const RecordLock& lock) {
  return conflicting_lock(table, kDevice, kInode, lock).has_value();
}

TEST(LockTable, FindsAConflictOnTheSameBytesOfTheSameFileOnly) {
  const std::string table =
      "1: POSIX  ADVISORY  WRITE 500 00:2f:1234 100 199\n"
      "2: POSIX  ADVISORY  WRITE 501 00:30:1234 0 EOF\n"
      "3: POSIX  ADVISORY  WRITE 502 00:2f:99 0 EOF\n";
  const auto held = conflicting_lock(table, kDevice, kInode, wanted(false, 150, 150));
  ASSERT_TRUE(held);
  EXPECT_EQ(held->owner, 500);
  EXPECT_TRUE(held->write);
  EXPECT_EQ(held->first, 100U);
  EXPECT_EQ(held->last, 199U);
  EXPECT_TRUE(conflicts(table, wanted(true, 0, 100)));
  EXPECT_TRUE(conflicts(table, wanted(true, 199, kEndOfFile)));
  EXPECT_FALSE(conflicts(table, wanted(true, 0, 99)));
  EXPECT_FALSE(conflicts(table, wanted(true, 200, kEndOfFile)));
}

TEST(LockTable, LetsReadersShare) {
  const std::string table = "1: POSIX  ADVISORY  READ 500 00:2f:1234 0 EOF\n";
  EXPECT_FALSE(conflicts(table, wanted(false, 0, kEndOfFile)));
  EXPECT_TRUE(conflicts(table, wanted(true, 5, 5)));
}

TEST(LockTable, OverlooksTheCallersOwnButNoneBesideIt) {
  const std::string own = "1: POSIX  ADVISORY  READ 77 00:2f:1234 0 EOF\n";
  EXPECT_FALSE(conflicts(own, wanted(true, 0, 9)));
  EXPECT_TRUE(conflicts(own + "2: POSIX  ADVISORY  READ 78 00:2f:1234 0 9\n", wanted(true, 0, 9)));
  // An open file's lock is nobody's.
  EXPECT_TRUE(conflicts("1: OFDLCK ADVISORY  WRITE -1 00:2f:1234 0 9\n", wanted(true, 0, 9)));
}

TEST(LockTable, OverlooksWhatIsNoRecordLock) {
  EXPECT_FALSE(
      conflicts("1: FLOCK  ADVISORY  WRITE 500 00:2f:1234 0 EOF\n"
                "1: -> POSIX  ADVISORY  WRITE 501 00:2f:1234 0 EOF\n"
                "2: LEASE  ACTIVE    READ 502 00:2f:1234 0 EOF\n"
                "nonsense\n\n3: POSIX ADVISORY WRITE x 00:2f:1234 0 EOF\n",
                wanted(true, 0, kEndOfFile)));
}

}  // namespace
}  // namespace gobox::sandbox
