// SPDX-License-Identifier: Apache-2.0

#pragma once

// CoreKeeper: follows one program as a debugger does (ptrace(2)), in order to write its core when
// it dies: when it ends with another status than 0, when a signal is about to end it, or when it is
// asked to, before a kill. Nothing has to be set in the kernel or in the program for it, and no
// handler of the host's core_pattern is started.
//
// What ptrace gives: the process is stopped while its memory is still there (PTRACE_EVENT_EXIT, a
// signal-delivery-stop, PTRACE_INTERRUPT). At an exit only the thread that ends the process has
// registers left. SIGKILL gives no stop, so that an out-of-memory kill leaves nothing to see: then
// the core is of a moment before.
//
// The following is done by a thread of its own, as the kernel wants one tracer for all; the owner
// waits for it for kPatience at most. A program that holds its memory's lock holds up that thread
// alone, and the kill sets it free. One keeper per run; begin it before the program executes.

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "sandbox/core_order.h"

namespace gobox::sandbox {

class CoreKeeper {
 public:
  static constexpr auto kPatience = std::chrono::seconds(5);

  enum class Then { kDies, kMayGoOn };

  // `program`: a pidfd. Where it cannot be followed the order says why.
  CoreKeeper(CoreOrder& order, const UniqueFd& program);
  CoreKeeper(const CoreKeeper&) = delete;
  CoreKeeper& operator=(const CoreKeeper&) = delete;
  ~CoreKeeper();

  // Stops the program, writes its core and lets it go on; `moment` as CoreOrder has it.
  void take(const std::string& moment, Then then);

  // When everything inside is dead; `out_of_memory`: that was why.
  void finish(bool out_of_memory);

 private:
  struct State;

  CoreOrder& order_;
  const UniqueFd& program_;
  std::shared_ptr<State> state_;
};

}  // namespace gobox::sandbox
