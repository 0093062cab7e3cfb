// SPDX-License-Identifier: Apache-2.0

#pragma once

// Warden: sees to it that a sandbox is killed at its last moment, whatever holds up the thread that
// supervises it. That thread reads the program's pipes and hands on what it read, and both can
// keep it: a pipe's lock is held by a writer whose memory is not to be had (fs/pipe.c copies with
// the lock held), and somebody who takes output slowly is waited for. The warden makes no such
// call: it sleeps until the earliest moment and kills.
//
// One thread for all sandboxes of a Launcher, made with the first watch, so after the launcher
// process was forked. Thread-safe.

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/unique_fd.h"
#include "sandbox/ending.h"

namespace gobox::sandbox {

class Sandbox;

class Warden {
 public:
  using Clock = std::chrono::steady_clock;

  // A limit that came and was not seen to by the supervising thread.
  struct Kill {
    KillReason reason = KillReason::kNone;
    Nanoseconds limit{0};
    Nanoseconds used{0};
    Clock::time_point at{};
  };

  // What is watched, and when to kill it.
  struct Order {
    const Sandbox* sandbox = nullptr;
    Clock::time_point start{};
    Clock::time_point end{};  // of the wall limit and the grace
    KillReason wall_reason = KillReason::kWallLimit;
    Nanoseconds wall_limit{0};
    std::optional<Nanoseconds> cpu_limit;
    double cpus = 1;
    int cancel = -1;              // readable: kill
    Nanoseconds cancel_grace{0};  // but only that much later, for whoever was asked to end first
  };

  // One order under way; ends with its destruction, which must come before the sandbox's.
  class Watch {
   public:
    Watch(Warden& warden, Order order) : warden_(warden), order_(std::move(order)) {}

    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

    Result<void> begin();

    // What the warden did; nothing: it did not have to.
    std::optional<Kill> killed() const;

   private:
    friend class Warden;

    Warden& warden_;
    Order order_;
    std::uint64_t number_ = 0;  // never used again, as an address would be
    UniqueFd cancel_;           // our own copy: an epoll set knows a descriptor once
    Clock::time_point due_{};
    std::optional<Clock::time_point> cancel_due_;
    std::optional<Kill> killed_;
    bool begun_ = false;
  };

  Warden() = default;
  Warden(const Warden&) = delete;
  Warden& operator=(const Warden&) = delete;
  ~Warden();

 private:
  Result<void> start();
  void add(Watch& watch);
  void work();
  Clock::time_point see_to_the_due(Clock::time_point now);
  void look(Watch& watch, Clock::time_point now);
  void see_to_canceled(std::uint64_t number);
  static void kill(Watch& watch, const Kill& kill);

  mutable std::mutex mutex_;
  std::list<Watch*> watches_;
  std::uint64_t last_number_ = 0;
  Clock::time_point next_look_ = Clock::time_point::max();
  UniqueFd epoll_;
  UniqueFd wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gobox::sandbox
