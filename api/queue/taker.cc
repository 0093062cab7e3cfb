// SPDX-License-Identifier: Apache-2.0

#include "api/queue/taker.h"

#include <algorithm>
#include <set>

namespace gobox::api {
namespace {

constexpr std::chrono::milliseconds kLookEvery{1000};
constexpr std::chrono::seconds kLetPass{5};
constexpr unsigned kSweepAfter = 10;  // times that a line is listed and has nothing
constexpr std::size_t kMostLines = 100'000;

}  // namespace

void Taker::add_line(const std::string& subject) {
  if (lines_.contains(subject) || lines_.size() >= kMostLines) return;
  const auto need = queue_.subjects().need_of(subject);
  if (need && settings_.can(*need)) lines_[subject].need = *need;
}

bool Taker::ring(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  add_line(subject);
  const auto found = lines_.find(subject);
  if (found == lines_.end() || stopping_) return false;
  found->second.pending = std::max<std::uint64_t>(found->second.pending, 1);
  changed_.notify_all();
  return idle_ > 0 && found->second.need.memory_bytes() <= memory_free_;
}

void Taker::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void Taker::give_back(const Need& need) {
  const std::lock_guard lock(mutex_);
  memory_free_ += need.memory_bytes();
  changed_.notify_all();
}

std::uint64_t Taker::memory_free() const {
  const std::lock_guard lock(mutex_);
  return memory_free_;
}

// Callers take turns in the order of their names, behind the one whose turn was last; of a caller's
// lines the first that has something.
std::optional<std::string> Taker::choose() {
  std::optional<std::string> first;
  std::optional<std::string> next;
  std::string first_caller;
  std::string next_caller;
  const auto now = Clock::now();
  for (auto& [subject, line] : lines_) {
    if (line.pending == 0) continue;
    if (line.need.memory_bytes() > memory_free_) {
      if (!line.too_large_since) line.too_large_since = now;
      if (now - *line.too_large_since > kLetPass) return std::nullopt;
      continue;
    }
    const std::string caller = Subjects::caller_token(subject);
    if (!first || caller < first_caller) {
      first = subject;
      first_caller = caller;
    }
    if (caller > last_caller_ && (!next || caller < next_caller)) {
      next = subject;
      next_caller = caller;
    }
  }
  return next ? next : first;
}

std::optional<Taker::Taken> Taker::take() {
  std::unique_lock lock(mutex_);
  ++idle_;
  std::optional<Taken> taken;
  while (!stopping_ && !taken) {
    if (busy_) {
      changed_.wait(lock);
      continue;
    }
    if (const auto subject = choose()) {
      taken = fetch(*subject, lock);
    } else if (Clock::now() >= look_at_) {
      look(lock);
    } else {
      changed_.wait_until(lock, look_at_);
    }
  }
  --idle_;
  return taken;
}

std::optional<Taker::Taken> Taker::fetch(const std::string& subject,
                                         std::unique_lock<std::mutex>& lock) {
  const Need need = lines_[subject].need;
  const bool sweep = lines_[subject].asked_in_vain >= kSweepAfter;
  // Its memory is its own from here on, and its turn is over, whatever comes of it.
  memory_free_ -= need.memory_bytes();
  last_caller_ = Subjects::caller_token(subject);
  busy_ = true;
  lock.unlock();
  const auto there = consumers_.ensure_any(subject);
  auto delivery = there ? queue_.stream().fetch(queue_.subjects().stream("RUNS"),
                                                queue_.subjects().consumer(subject))
                        : Result<std::optional<Delivery>>(there.error());
  if (!delivery) consumers_.forget(subject);
  if (delivery && !*delivery && sweep) consumers_.sweep(subject);
  lock.lock();
  busy_ = false;
  Line& line = lines_[subject];
  line.need = need;
  line.too_large_since.reset();
  line.asked_in_vain = sweep || !delivery || *delivery ? 0 : line.asked_in_vain + 1;
  line.pending = delivery && *delivery ? (*delivery)->pending : 0;
  changed_.notify_all();
  if (delivery && *delivery) return Taken{std::move(**delivery), need};
  memory_free_ += need.memory_bytes();
  return std::nullopt;
}

// What is there, for runs whose bell nobody heard: given out once and not acknowledged, or put in
// while every place was taken. Runs that others are at work on are listed too: asking finds none.
void Taker::look(std::unique_lock<std::mutex>& lock) {
  busy_ = true;
  lock.unlock();
  const auto found =
      queue_.stream().subjects(queue_.subjects().stream("RUNS"), queue_.subjects().plain("runs.>"));
  lock.lock();
  busy_ = false;
  look_at_ = Clock::now() + kLookEvery;
  changed_.notify_all();
  if (!found) return;
  std::erase_if(lines_, [&](const auto& each) {
    return each.second.pending == 0 && !found->contains(each.first);
  });
  for (const auto& [subject, count] : *found) {
    add_line(subject);
    const auto line = lines_.find(subject);
    if (line != lines_.end())
      line->second.pending = std::max<std::uint64_t>(line->second.pending, 1);
  }
}

}  // namespace gobox::api
