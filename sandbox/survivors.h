// SPDX-License-Identifier: Apache-2.0

#pragma once

// Survivors: the processes of a sandbox that are still alive when its main process has ended, read
// from its control group and from /proc as the host shows it (proc(5)). Zombies are not alive,
// unless only their first thread has ended. Bounded in number, bytes and time. A process that ends
// while it is read is left out, but then the list is read again: a chain in which each forks the
// next and ends is seen too.
//
// A process can keep whoever reads its command line waiting, so all reading is done on the side
// (base/side_thread.h): who lives first, then how they were called and what they held open.

#include <vector>

#include "sandbox/cgroup/control_group.h"
#include "sandbox/ending.h"

namespace gobox::sandbox {

// Who is looked for.
struct SurvivorSearch {
  GroupMembers members;
  pid_t init_pid = 0;         // not listed
  std::vector<pid_t> parked;  // ids inside, of programs that were never started; not listed
};

// Called when PID 1 says that there are some. Waits up to `settle` for processes that are just on
// their way out, and up to `patience` in all: what was not learned by then is missing, and of a
// search without any result one entry says that there were survivors.
Result<std::vector<LeakedProcess>> find_survivors(SurvivorSearch search, Nanoseconds settle,
                                                  Nanoseconds patience);

}  // namespace gobox::sandbox
