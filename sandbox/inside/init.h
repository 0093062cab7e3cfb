// SPDX-License-Identifier: Apache-2.0

#pragma once

// PID 1 of a sandbox: sets everything up, parks the programs, then reaps and reports. It runs in
// the launcher's image after clone3, never executes anything and never returns. All of it is
// written for that place: no allocation, no locks, no libc that keeps state (raw system calls where
// glibc would reach for other threads).
//
// Once set-up is over PID 1 holds no capability and may make seven system calls (init_filter.h).
// When it exits, or is killed, the kernel kills every other process of the sandbox
// (pid_namespaces(7)).

#include <signal.h>

#include "sandbox/inside/message.h"

namespace gobox::sandbox {

// User and group ids inside. The outside ids are the launcher's choice.
inline constexpr unsigned kInitId = 0;
inline constexpr unsigned kProgramId = 1000;

// Every other signal has its default action in the launcher.
inline constexpr int kLauncherIgnores[] = {SIGCHLD, SIGINT, SIGTERM, SIGPIPE};

struct InitTask {
  const Plan* plan = nullptr;  // header and bytes
  int control = -1;            // to the supervisor
  int commands[kMaxPrograms] = {};
  int groups[kMaxDescriptors] = {};  // `tasks` of each v1 group to enter
  std::uint32_t group_count = 0;
  int scratch = -1;             // the disk image's mount, where there is one
  int go = -1;                  // readable once ids are mapped
  int lifeline = -1;            // hangs up when the launcher dies
  bool own_ids = true;          // two ids are mapped (root outside); otherwise only kProgramId
  bool raise_loopback = false;  // it was not inherited up
};

[[noreturn]] void run_init(const InitTask& task) noexcept;

}  // namespace gobox::sandbox
