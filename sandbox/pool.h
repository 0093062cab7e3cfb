// SPDX-License-Identifier: Apache-2.0

#pragma once

// SandboxPool: sandboxes made ahead of need. A parked sandbox is complete (namespaces, mounts,
// groups, filter) and has run nothing; taking one costs the rewriting of its limits. Used sandboxes
// never come back: retire() takes them apart off the request's path.
//
// Sandboxes are parked by *shape*: what cannot be changed once made (policy, directories shown,
// disk size, number of programs). Memory, process and CPU limits can, and are set when one is
// taken, before any foreign instruction. How many are parked of a shape follows demand, up to a
// bound over all shapes; shapes nobody asks for are given up.
//
// One worker thread makes and unmakes. It lets a run that just took one get under way before it
// makes the next: until that sandbox comes back, or for kRefillAfter. Thread-safe. Owns what is
// parked; the Launcher must outlive it.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/error.h"
#include "sandbox/launcher.h"

namespace gobox::sandbox {

struct PoolOptions {
  std::size_t most_parked = 0;  // over all shapes; 0 parks only what prefetch() asks for
  Nanoseconds idle_after = std::chrono::seconds(60);  // an unused shape is given up
};

struct PoolState {
  std::size_t parked = 0;
  std::size_t retiring = 0;
  std::uint64_t hits = 0;      // takes served from the pool
  std::uint64_t misses = 0;    // takes that had to wait for a fresh one
  std::uint64_t failures = 0;  // of making ahead; the next take meets the error itself
};

// A spec that owns what it refers to. The policy's system call rules are the filter's; its own may
// be empty.
struct PoolSpec {
  policies::StagePolicy policy;
  std::shared_ptr<const SeccompFilter> filter;
  std::vector<policies::Bind> more_binds;
  unsigned programs = 1;
  bool relay = false;
  bool show_groups = false;

  SandboxSpec view() const {
    return {.policy = policy,
            .filter = *filter,
            .more_binds = more_binds,
            .programs = programs,
            .relay = relay,
            .show_groups = show_groups};
  }
};

class SandboxPool {
 public:
  SandboxPool(Launcher& launcher, PoolOptions options);
  SandboxPool(const SandboxPool&) = delete;
  SandboxPool& operator=(const SandboxPool&) = delete;
  ~SandboxPool();

  // A parked sandbox of this shape with these limits, or a fresh one. `cancel`: readable when it is
  // no longer wanted.
  Result<std::unique_ptr<Sandbox>> take(const PoolSpec& spec, int cancel = -1);

  // Orders one, made in the background if none is spare, for a take() that is likely to come. Each
  // order ends in a take() or in release().
  void prefetch(const PoolSpec& spec);
  void release(const PoolSpec& spec);

  // Takes a used sandbox apart in the background.
  void retire(std::unique_ptr<Sandbox> sandbox);

  PoolState state() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Shape {
    std::string key;
    PoolSpec spec;
    std::deque<std::unique_ptr<Sandbox>> parked;
    std::size_t wanted = 0;   // follows demand
    std::size_t ordered = 0;  // by prefetch(), not yet taken or released
    std::size_t making = 0;
    Clock::time_point last_taken{};
  };

  // All of these with the mutex held.
  Shape& shape_of(const PoolSpec& spec);
  Shape* shape_to_fill();
  bool may_refill() const;
  std::size_t parked_now() const;
  void forget_idle_shapes();
  void trim(Shape& shape);
  Result<void> await_made(std::unique_lock<std::mutex>& lock, const Shape& shape,
                          const Patience& patience);

  void work();
  void make_one(std::unique_lock<std::mutex>& lock, Shape& shape);

  Launcher& launcher_;
  const PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable made_;
  std::list<Shape> shapes_;
  std::deque<std::unique_ptr<Sandbox>> retired_;
  std::size_t retiring_ = 0;
  Clock::time_point refill_at_{};
  PoolState counts_;
  bool stopping_ = false;
  std::thread worker_;  // last: starts when all else is there
};

}  // namespace gobox::sandbox
