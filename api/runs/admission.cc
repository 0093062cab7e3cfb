// SPDX-License-Identifier: Apache-2.0

#include "api/runs/admission.h"

#include <algorithm>
#include <cmath>

namespace gobox::api {
namespace {

constexpr double kNewShare = 0.1;  // of one run in the mean: the last ten or so count
constexpr double kLongestWait = 600;

}  // namespace

Admission::Admission(Settings settings) : settings_(std::move(settings)) {
  for (unsigned i = 0; i < settings_.workers; ++i) workers_.emplace_back([this] { work(); });
}

Admission::~Admission() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

std::optional<unsigned> Admission::submit(Ticket ticket, Bound bound) {
  {
    const std::lock_guard lock(mutex_);
    if (bound == Bound::kQueue && !has_place(ticket.caller)) return retry_after();
    Caller& caller = caller_of(ticket.caller);
    caller.queue.push_back({std::move(ticket), Clock::now()});
    ++waiting_;
  }
  changed_.notify_all();
  return std::nullopt;
}

bool Admission::has_place(const std::string& caller) const {
  // Free workers take from the queue at once: they are places too.
  const std::size_t free_workers =
      settings_.workers - std::min<std::size_t>(settings_.workers, running_);
  const std::size_t places = settings_.queue_length + free_workers;
  if (waiting_ >= places) return false;
  std::size_t kept = 0;
  for (const std::string& other : settings_.callers) {
    const Caller* known = find_caller(other);
    if (other != caller && (known == nullptr || known->queue.empty())) ++kept;
  }
  const Caller* self = find_caller(caller);
  if (self == nullptr || self->queue.empty()) return true;
  return waiting_ + std::min(kept, settings_.queue_length / 2) < places;
}

// The queue moves up by one every mean/workers seconds.
unsigned Admission::retry_after() const {
  const double until_place = mean_seconds_ / settings_.workers;
  const double until_mine = until_place * static_cast<double>(waiting_ + 1);
  return static_cast<unsigned>(std::ceil(std::clamp(until_mine, 1.0, kLongestWait)));
}

const Admission::Caller* Admission::find_caller(const std::string& name) const {
  for (const Caller& each : turns_) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

Admission::Caller& Admission::caller_of(const std::string& name) {
  for (Caller& each : turns_) {
    if (each.name == name) return each;
  }
  turns_.push_back({name, {}, 0});
  return turns_.back();
}

std::optional<Admission::Waiting> Admission::take_next() {
  for (auto caller = turns_.begin(); caller != turns_.end(); ++caller) {
    if (caller->queue.empty()) continue;
    const Ticket& ticket = caller->queue.front().ticket;
    if (ticket.caller_most != 0 && caller->running >= ticket.caller_most) continue;
    // Alone it may always run: a budget smaller than one run would wait for ever.
    const bool fits = memory_used_ + ticket.memory_bytes <= settings_.memory_budget;
    if (!fits && running_ > 0) return std::nullopt;
    Waiting next = std::move(caller->queue.front());
    caller->queue.pop_front();
    --waiting_;
    ++running_;
    ++caller->running;
    memory_used_ += next.ticket.memory_bytes;
    turns_.splice(turns_.end(), turns_, caller);
    return next;
  }
  return std::nullopt;
}

void Admission::finished(const Ticket& ticket, Nanoseconds took) {
  Caller& caller = caller_of(ticket.caller);
  --caller.running;
  --running_;
  memory_used_ -= ticket.memory_bytes;
  std::erase_if(turns_, [](const Caller& each) { return each.queue.empty() && each.running == 0; });
  const double seconds = std::chrono::duration<double>(took).count();
  mean_seconds_ =
      mean_seconds_ == 0 ? seconds : mean_seconds_ + kNewShare * (seconds - mean_seconds_);
}

void Admission::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::optional<Waiting> next;
    changed_.wait(lock, [&] { return stopping_ || (next = take_next()).has_value(); });
    if (!next) return;
    lock.unlock();
    const auto start = Clock::now();
    next->ticket.work(start - next->since);
    next->ticket.work = nullptr;  // what it holds goes before anyone hears that it ended
    const auto took = Clock::now() - start;
    lock.lock();
    finished(next->ticket, took);
    changed_.notify_all();
  }
}

bool Admission::withdraw(const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (Caller& caller : turns_) {
    const auto found = std::find_if(caller.queue.begin(), caller.queue.end(),
                                    [&](const Waiting& each) { return each.ticket.id == id; });
    if (found == caller.queue.end()) continue;
    caller.queue.erase(found);
    --waiting_;
    changed_.notify_all();
    return true;
  }
  return false;
}

std::vector<std::string> Admission::withdraw_all() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (Caller& caller : turns_) {
    for (const Waiting& each : caller.queue) ids.push_back(each.ticket.id);
    caller.queue.clear();
  }
  waiting_ = 0;
  changed_.notify_all();
  return ids;
}

bool Admission::wait_until_idle(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, until, [&] { return waiting_ == 0 && running_ == 0; });
}

std::size_t Admission::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

std::size_t Admission::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

std::size_t Admission::position(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  // Turn by turn: the n-th of a caller comes after the n-1st of every other.
  std::size_t before = 0;
  for (std::size_t round = 0;; ++round) {
    bool any = false;
    for (const Caller& caller : turns_) {
      if (caller.queue.size() <= round) continue;
      any = true;
      ++before;
      if (caller.queue[round].ticket.id == id) return before;
    }
    if (!any) return 0;
  }
}

}  // namespace gobox::api
