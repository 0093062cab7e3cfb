#pragma once

// PID 1 of a sandbox: sets everything up, parks the programs, then reaps and reports. It runs in the
// launcher's image after clone3, never executes anything and never returns. All of it is written for
// that place: no allocation, no locks, no libc that keeps state (raw system calls where glibc would
// reach for other threads).
//
// PID 1 holds no capability and runs behind the same filter as the program once set-up is over. When
// it exits, or is killed, the kernel kills every other process of the sandbox (pid_namespaces(7)).

#include "sandbox/message.h"

namespace gobox::sandbox {

// User and group ids inside. The outside ids are the launcher's choice.
inline constexpr unsigned kInitId = 0;
inline constexpr unsigned kProgramId = 1000;

struct InitTask {
  const Plan* plan = nullptr;  // header and bytes
  int control = -1;            // to the supervisor
  int commands[kMaxPrograms] = {};
  int go = -1;        // readable once ids are mapped and groups entered
  int lifeline = -1;  // hangs up when the launcher dies
  bool own_ids = true;  // two ids are mapped (root outside); otherwise only kProgramId
};

[[noreturn]] void run_init(const InitTask& task) noexcept;

}  // namespace gobox::sandbox
