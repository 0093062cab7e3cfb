// SPDX-License-Identifier: Apache-2.0

#pragma once

// LockTable: the kernel's list of record locks, /proc/locks (proc(5)), asked on a program's behalf.
// fcntl(F_GETLK) cannot be: it would take the program's own locks for somebody else's. Pure.

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace gobox::sandbox {

inline constexpr std::uint64_t kEndOfFile = std::numeric_limits<std::uint64_t>::max();

struct RecordLock {
  bool write = false;
  pid_t owner = -1;         // a process of our pid namespace; -1: an open file's (F_OFD_SETLK)
  std::uint64_t first = 0;  // bytes; the last one included
  std::uint64_t last = kEndOfFile;
};

// The first lock on that file, by anybody but `wanted.owner`, that `wanted` could not be set
// beside. `table`: the text of /proc/locks.
std::optional<RecordLock> conflicting_lock(std::string_view table, dev_t device, ino_t inode,
                                           const RecordLock& wanted);

}  // namespace gobox::sandbox
