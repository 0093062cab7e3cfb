#pragma once

// Survivors: the processes of a sandbox that are still alive when its main process has ended, read
// from its control group and from /proc as the host shows it (proc(5)). Zombies are not alive.
// Bounded in number and bytes. A process that ends while it is read is left out, but then the list
// is read again: a chain in which each forks the next and ends is seen too.

#include <vector>

#include "sandbox/cgroup/control_group.h"
#include "sandbox/ending.h"

namespace gobox::sandbox {

// `except`: host ids not to list (PID 1). `parked`: ids inside, of programs that were never
// started. Waits up to `settle` for processes that are just on their way out.
Result<std::vector<LeakedProcess>> find_survivors(const ControlGroup& group, pid_t init_pid,
                                                  const std::vector<pid_t>& parked,
                                                  Nanoseconds settle);

}  // namespace gobox::sandbox
