// SPDX-License-Identifier: Apache-2.0

#include "api/http/answer_pool.h"

#include <algorithm>
#include <system_error>

namespace gobox::api {
namespace {

constexpr std::chrono::seconds kIdleTimeout{10};  // of a thread without work
constexpr std::size_t kKept = 2;                  // threads that stay

}  // namespace

AnswerPool::~AnswerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  there_is_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void AnswerPool::join_finished() {
  for (const std::thread::id id : finished_) {
    const auto found =
        std::find_if(threads_.begin(), threads_.end(),
                     [&](const std::thread& thread) { return thread.get_id() == id; });
    found->join();
    threads_.erase(found);
  }
  finished_.clear();
}

AnswerPool::Taken AnswerPool::submit(Task task) {
  const std::lock_guard lock(mutex_);
  join_finished();
  if (waiting_.size() >= settings_.waiting) return Taken::kFull;
  waiting_.push_back({std::move(task), Clock::now()});
  if (idle_ >= waiting_.size() || running_ >= settings_.threads) {
    there_is_work_.notify_one();
    return Taken::kYes;
  }
  try {
    finished_.reserve(running_ + 1);  // a thread that ends must not need memory
    threads_.emplace_back([this] { work(); });
    ++running_;
  } catch (const std::system_error&) {  // RLIMIT_NPROC, a pids limit, no memory for a stack
    if (running_ == 0) {
      waiting_.pop_back();
      return Taken::kNoThread;
    }
    there_is_work_.notify_one();  // those that are there will come to it
  }
  return Taken::kYes;
}

std::vector<std::uint64_t> AnswerPool::too_old(Clock::time_point since) {
  std::vector<std::uint64_t> keys;
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty() && waiting_.front().since < since) {
    keys.push_back(waiting_.front().task.key);
    waiting_.pop_front();
  }
  return keys;
}

// False: the thread is to end.
bool AnswerPool::take(std::unique_lock<std::mutex>& lock, Task& task) {
  ++idle_;
  while (waiting_.empty() && !stopping_) {
    const auto waited = there_is_work_.wait_for(lock, kIdleTimeout);
    if (waited == std::cv_status::timeout && waiting_.empty() && running_ > kKept) break;
  }
  --idle_;
  if (waiting_.empty()) return false;
  task = std::move(waiting_.front().task);
  waiting_.pop_front();
  return true;
}

void AnswerPool::work() {
  std::unique_lock lock(mutex_);
  for (Task task; take(lock, task);) {
    lock.unlock();
    task.work();
    task.work = nullptr;  // what it holds goes before the lock is taken
    lock.lock();
  }
  --running_;
  finished_.push_back(std::this_thread::get_id());
}

}  // namespace gobox::api
