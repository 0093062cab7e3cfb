// SPDX-License-Identifier: Apache-2.0

#pragma once

// Arbitration: the answer to one system call that a policy leaves to the supervisor (action "ask"),
// because it is right on the sandbox's own files and sockets and wrong on others, which no filter
// can tell apart:
//
//   flock                       on files of the writable space; ENOLCK on any other
//   fcntl F_GETLK, F_OFD_GETLK  likewise; EINVAL
//   socket(AF_NETLINK)          a few at a time: what waits in them is charged to nobody
//   setsockopt SO_RCVBUF        not on netlink and TCP sockets, where it is answered with 0
//   setsockopt SO_RCVLOWAT      on TCP only where a connection stands; else answered with 0
//   listen                      TCP with what Backlogs has left, and a small buffer
//
// Where a descriptor or memory of the caller decides, we work on a copy that it cannot change any
// more and do the deed ourselves. All of it may wait for what a program can hold (its mmap lock):
// never call it from a supervising thread. Not thread-safe.

#include <linux/seccomp.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "sandbox/backlogs.h"

namespace gobox::sandbox {

struct Verdict {
  int errno_value = 0;     // 0: the call returns 0
  bool carry_out = false;  // let the kernel do it
};

class Arbitration {
 public:
  using Clock = std::chrono::steady_clock;

  // `own_device`: of the writable space. `init_pid`: PID 1, by our pid namespace. `memory_bytes`:
  // the sandbox's limit.
  Arbitration(pid_t init_pid, dev_t own_device, std::uint64_t memory_bytes);

  // Nothing: the call has to wait; ask again. `since`: when it was asked first.
  std::optional<Verdict> decide(int listener, const seccomp_notif& notice, Clock::time_point since);

 private:
  std::optional<Verdict> lock_file(int listener, const seccomp_notif& notice);
  Verdict ask_for_lock(int listener, const seccomp_notif& notice) const;
  std::optional<Verdict> open_netlink(const seccomp_notif& notice, Clock::time_point since);
  static Verdict set_receive_buffer(int listener, const seccomp_notif& notice);
  Verdict listen_on(int listener, const seccomp_notif& notice);

  pid_t init_pid_;
  dev_t own_device_;
  std::int64_t locks_held_ = 0;  // taken and not given back by flock; closing does not say
  std::map<pid_t, Clock::time_point> just_granted_;  // by thread: may not be in the list yet
  Backlogs backlogs_;
};

}  // namespace gobox::sandbox
