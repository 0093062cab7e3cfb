// SPDX-License-Identifier: Apache-2.0

#pragma once

// A process whose first thread has ended shows itself as a zombie, without memory, command line or
// open files, although its other threads go on (proc(5), pthread_exit(3)). What it is doing is then
// asked of one of those.

#include <sys/types.h>

#include <string>

namespace gobox::sandbox {

// The process itself, or a thread of it that is alive where its first is not; 0: all are dead, or
// gone.
pid_t living_thread(pid_t process);

// "/proc/PID/task/TID"
std::string thread_directory(pid_t process, pid_t thread);

}  // namespace gobox::sandbox
