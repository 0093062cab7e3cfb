// SPDX-License-Identifier: Apache-2.0

#pragma once

// cover_system: of a whole proc file system, mounted at `proc` below the working directory, leaves
// to be seen the processes and the links to one's own. cpuinfo and meminfo are covered by files of
// ours that tell the sandbox's processors and memory limit; every other name is covered by what
// nobody can open, whatever its name, so that a kernel's new one is too.
//
// Runs in PID 1 during set-up: raw system calls, no allocation. The mounts are made read-only by
// the caller, all at once. 0 or an errno. proc(5), move_mount(2).

#include "sandbox/inside/message.h"

namespace gobox::sandbox {

int cover_system(const Plan& plan);

}  // namespace gobox::sandbox
