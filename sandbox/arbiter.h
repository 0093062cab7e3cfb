// SPDX-License-Identifier: Apache-2.0

#pragma once

// Arbiter: a thread beside a run that answers the system calls which its policy leaves to the
// supervisor (arbitration.h says how). On the side, because answering may wait for what a program
// can hold, and the supervising thread never does. The thread starts with the first such call and
// ends by itself: destroying the Arbiter tells it to, and waits for nothing. Its queue is bounded
// by the sandbox's threads, each of which waits for its one answer.

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>

namespace gobox::sandbox {

class Arbiter {
 public:
  // `space`: of the sandbox's writable space. `init_pid`: PID 1, by our pid namespace.
  // `memory_bytes`: the sandbox's limit.
  Arbiter(pid_t init_pid, int space, std::uint64_t memory_bytes);
  Arbiter(const Arbiter&) = delete;
  Arbiter& operator=(const Arbiter&) = delete;
  ~Arbiter();

  // Takes over the answer to a call received from `listener`.
  void take(int listener, const seccomp_notif& notice);

 private:
  struct Desk;

  std::shared_ptr<Desk> desk_;
};

}  // namespace gobox::sandbox
