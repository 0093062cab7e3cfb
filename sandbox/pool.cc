// SPDX-License-Identifier: Apache-2.0

#include "sandbox/pool.h"

#include <signal.h>

#include <algorithm>

#include "base/canceled.h"

namespace gobox::sandbox {
namespace {

constexpr auto kRefillAfter = std::chrono::milliseconds(4);
constexpr auto kCancelLook = std::chrono::milliseconds(20);
constexpr std::size_t kMaxRetired = 16;  // beyond, the caller takes its own apart

// What a parked sandbox cannot change any more.
std::string shape_key(const PoolSpec& spec) {
  const policies::Limits& limits = spec.policy.limits;
  std::string key;
  const auto add = [&key](const std::string& part) { key += part + '\n'; };
  const auto add_binds = [&](const std::vector<policies::Bind>& binds) {
    add(std::to_string(binds.size()));
    for (const policies::Bind& bind : binds) {
      add(bind.source + '\t' + bind.target + (bind.optional ? "\toptional" : ""));
    }
  };
  add(std::to_string(limits.disk_bytes));
  add(std::to_string(limits.disk_inodes));
  add(std::to_string(limits.open_files));
  add(std::to_string(limits.file_bytes));
  add(spec.policy.network == policies::Network::kLoopback ? "loopback" : "none");
  add(spec.policy.scratch == policies::Scratch::kDisk ? "disk" : "memory");
  if (spec.policy.proc == policies::ProcView::kSystem) {  // it tells these limits
    add(std::to_string(limits.memory_bytes) + " " + std::to_string(limits.cpus));
  }
  add(std::to_string(spec.programs));
  add(spec.relay ? "relay" : "");
  add(spec.show_groups ? "groups" : "");
  add(std::to_string(reinterpret_cast<std::uintptr_t>(spec.filter.get())));
  add_binds(spec.policy.binds);
  add_binds(spec.more_binds);
  return key;
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

SandboxPool::SandboxPool(Launcher& launcher, PoolOptions options)
    : launcher_(launcher), options_(options), worker_([this] { work(); }) {}

SandboxPool::~SandboxPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  worker_.join();
}

Result<std::unique_ptr<Sandbox>> SandboxPool::take(const PoolSpec& spec, int cancel) {
  const auto begin = Clock::now();
  const Patience patience{begin + Launcher::kSetupPatience, cancel};
  std::unique_ptr<Sandbox> sandbox;
  {
    std::unique_lock lock(mutex_);
    Shape& shape = shape_of(spec);
    shape.last_taken = begin;
    // One that is being made for us is nearer than one we would begin now.
    if (shape.ordered > 0) {
      --shape.ordered;
      TRY(await_made(lock, shape, patience));
    }
    if (!shape.parked.empty()) {
      sandbox = std::move(shape.parked.front());
      shape.parked.pop_front();
      ++counts_.hits;
    } else {
      ++counts_.misses;
      shape.wanted = std::max<std::size_t>(1, shape.wanted * 2);
    }
    // A parked one would keep all of its disk from everybody else.
    const bool on_disk = spec.policy.scratch == policies::Scratch::kDisk;
    shape.wanted =
        on_disk ? 0 : std::min(std::max<std::size_t>(shape.wanted, 1), options_.most_parked);
    // Not moved on by takes that follow: the worker's turn comes.
    if (refill_at_ < begin) refill_at_ = begin + kRefillAfter;
  }
  changed_.notify_one();
  if (!sandbox) return launcher_.prepare(spec.view(), cancel);
  const policies::Limits& limits = spec.policy.limits;
  TRY(sandbox->set_limits({.memory_bytes = limits.memory_bytes,
                           .pids = limits.pids,
                           .cpus = limits.cpus,
                           .memory_high = limits.memory_high}));
  sandbox->mark_taken(Clock::now() - begin);
  return sandbox;
}

// A condition cannot be waited for beside a descriptor, so that is looked at now and then.
Result<void> SandboxPool::await_made(std::unique_lock<std::mutex>& lock, const Shape& shape,
                                     const Patience& patience) {
  const auto made = [&] { return !shape.parked.empty() || shape.making == 0; };
  while (!made_.wait_for(lock, kCancelLook, made)) {
    if (patience.is_canceled()) return canceled("a sandbox was being made");
    if (patience.is_over()) return Error::host("no sandbox was made in time");
  }
  return {};
}

void SandboxPool::prefetch(const PoolSpec& spec) {
  {
    const std::lock_guard lock(mutex_);
    Shape& shape = shape_of(spec);
    shape.last_taken = Clock::now();
    ++shape.ordered;
    if (shape.parked.size() + shape.making < shape.ordered) ++shape.making;
  }
  changed_.notify_one();
}

void SandboxPool::release(const PoolSpec& spec) {
  {
    const std::lock_guard lock(mutex_);
    Shape& shape = shape_of(spec);
    if (shape.ordered > 0) --shape.ordered;
    trim(shape);
  }
  changed_.notify_one();
}

void SandboxPool::retire(std::unique_ptr<Sandbox> sandbox) {
  {
    const std::lock_guard lock(mutex_);
    if (retired_.size() < kMaxRetired) retired_.push_back(std::move(sandbox));
    refill_at_ = Clock::now();
  }
  changed_.notify_one();
}

PoolState SandboxPool::state() const {
  const std::lock_guard lock(mutex_);
  PoolState state = counts_;
  state.parked = parked_now();
  state.retiring = retired_.size() + retiring_;
  return state;
}

SandboxPool::Shape& SandboxPool::shape_of(const PoolSpec& spec) {
  const std::string key = shape_key(spec);
  for (Shape& shape : shapes_) {
    if (shape.key == key) return shape;
  }
  Shape& shape = shapes_.emplace_back();
  shape.key = key;
  shape.spec = spec;
  return shape;
}

std::size_t SandboxPool::parked_now() const {
  std::size_t parked = 0;
  for (const Shape& shape : shapes_) parked += shape.parked.size();
  return parked;
}

bool SandboxPool::may_refill() const {
  return Clock::now() >= refill_at_;
}

// What was ordered comes first; then the shape furthest from what is wanted of it.
SandboxPool::Shape* SandboxPool::shape_to_fill() {
  Shape* neediest = nullptr;
  std::size_t need = 0;
  for (Shape& shape : shapes_) {
    if (shape.making > 0) return &shape;
    const std::size_t short_of =
        shape.wanted > shape.parked.size() ? shape.wanted - shape.parked.size() : 0;
    if (short_of > need) {
      need = short_of;
      neediest = &shape;
    }
  }
  return parked_now() < options_.most_parked && may_refill() ? neediest : nullptr;
}

// What is neither wanted nor ordered goes.
void SandboxPool::trim(Shape& shape) {
  while (shape.parked.size() > std::max(shape.wanted, shape.ordered)) {
    retired_.push_back(std::move(shape.parked.back()));
    shape.parked.pop_back();
  }
}

void SandboxPool::forget_idle_shapes() {
  const auto now = Clock::now();
  for (auto shape = shapes_.begin(); shape != shapes_.end();) {
    const bool idle =
        shape->making == 0 && shape->ordered == 0 && now - shape->last_taken > options_.idle_after;
    if (!idle) {
      ++shape;
      continue;
    }
    for (auto& sandbox : shape->parked) retired_.push_back(std::move(sandbox));
    shape = shapes_.erase(shape);
  }
}

void SandboxPool::make_one(std::unique_lock<std::mutex>& lock, Shape& shape) {
  const bool ordered = shape.making > 0;
  if (!ordered) ++shape.making;  // keeps the shape from being forgotten meanwhile
  const PoolSpec spec = shape.spec;
  lock.unlock();
  auto sandbox = launcher_.prepare(spec.view());
  lock.lock();
  --shape.making;
  if (sandbox) {
    shape.parked.push_back(std::move(*sandbox));
    trim(shape);
  } else {
    ++counts_.failures;
    shape.wanted = 0;  // until somebody asks again, and meets the error
  }
  made_.notify_all();
}

void SandboxPool::work() {
  block_signals();
  std::unique_lock lock(mutex_);
  for (;;) {
    if (Shape* shape = stopping_ ? nullptr : shape_to_fill()) {
      make_one(lock, *shape);
      continue;
    }
    if (!retired_.empty()) {
      std::unique_ptr<Sandbox> used = std::move(retired_.front());
      retired_.pop_front();
      ++retiring_;
      lock.unlock();
      used.reset();
      lock.lock();
      --retiring_;
      continue;
    }
    if (stopping_) break;
    // Short of something, but not yet: until then. Else until somebody calls.
    const auto now = Clock::now();
    changed_.wait_until(lock, refill_at_ > now ? refill_at_ : now + options_.idle_after);
    forget_idle_shapes();
  }
  shapes_.clear();
  made_.notify_all();
}

}  // namespace gobox::sandbox
