// SPDX-License-Identifier: Apache-2.0

#pragma once

// Dying: whether processes that were killed have all begun to end. Such a one executes nothing of
// its program any more and makes no call, but freeing its memory can take the kernel long: a
// quarter of a second for eight gigabytes of the zero page, which cost its limit next to nothing.
// Nobody needs to wait for that to say how the run ended.
//
// Read from /proc/PID/task/TID/stat (proc_pid_stat(5)), which takes no lock a program could hold.

#include <sys/types.h>

#include <functional>
#include <string_view>
#include <vector>

#include "sandbox/cgroup/control_group.h"

namespace gobox::sandbox {

// Waits for the death of all in a group that was killed, or at least for the end of all they could
// do. False: neither came in time. `dead_within` waits for the former alone.
bool await_last_breath(const ControlGroup& group,
                       const std::function<bool(Nanoseconds)>& dead_within, Nanoseconds patience);

// True: every thread of them is on its way out or gone.
bool are_all_dying(const std::vector<pid_t>& processes);

// The same of one thread, by its stat file.
bool is_dying(std::string_view stat);

}  // namespace gobox::sandbox
