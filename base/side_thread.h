// SPDX-License-Identifier: Apache-2.0

#pragma once

// SideThread: a thread beside its owner's, for calls in which the kernel may keep a thread as long
// as a foreign process pleases: whatever takes another process's mmap lock (/proc/PID/cmdline,
// environ, maps, process_vm_readv(2)), or may drop the last reference to its memory and then has to
// take that apart (anything of /proc/PID that looks at it). A thread in there sleeps
// uninterruptibly, so nobody who has a deadline may make such a call himself.
//
// One task at a time. The owner never waits longer than it says, the destructor not at all: a task
// that is still out keeps the thread, which ends when the task comes back. So a task must own what
// it touches. The thread is made at the first task; kMaxThreads bounds them over the whole process.
//
// One owner thread per SideThread. Made after any fork that goes on running C++.

#include <chrono>
#include <functional>
#include <memory>

namespace gobox {

class SideThread {
 public:
  static constexpr int kMaxThreads = 256;

  SideThread() = default;
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;
  ~SideThread();

  // False: the task before is still out, or no thread is to be had; then this one is not done.
  bool begin(std::function<void()> task);

  // Whether nothing is out, at the latest after `patience`.
  bool wait(std::chrono::nanoseconds patience) const;

 private:
  struct State;

  static void work(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace gobox
