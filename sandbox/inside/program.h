// SPDX-License-Identifier: Apache-2.0

#pragma once

// The program's process before it becomes the program: parked by PID 1 with its rights dropped, it
// waits for a Command, connects it and executes. Same rules as sandbox/inside/init.h: no
// allocation.

#include "sandbox/inside/message.h"

namespace gobox::sandbox {

struct ProgramTask {
  const Plan* plan = nullptr;
  int command = -1;  // its socket to the supervisor
  int proc = -1;     // /proc, writable, for oom_score_adj only
  bool own_ids = true;
};

[[noreturn]] void run_program(const ProgramTask& task) noexcept;

}  // namespace gobox::sandbox
