// SPDX-License-Identifier: Apache-2.0

#include "base/side_thread.h"

#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace gobox {
namespace {

std::atomic<int> threads_alive{0};

// A signal meant for the process must not land in a thread that may be unable to take it.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }

  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

struct SideThread::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> task;
  bool out = false;
  bool abandoned = false;
};

SideThread::~SideThread() {
  if (!state_) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->abandoned = true;
  }
  state_->changed.notify_all();
}

bool SideThread::begin(std::function<void()> task) {
  if (!state_) {
    auto state = std::make_shared<State>();
    if (threads_alive.fetch_add(1) >= kMaxThreads) {
      threads_alive.fetch_sub(1);
      return false;
    }
    try {
      const SignalsBlocked inherited_by_the_thread;
      std::thread([state] { work(state); }).detach();
    } catch (const std::system_error&) {
      threads_alive.fetch_sub(1);
      return false;
    }
    state_ = std::move(state);
  }
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->out) return false;
    state_->task = std::move(task);
    state_->out = true;
  }
  state_->changed.notify_all();
  return true;
}

bool SideThread::wait(std::chrono::nanoseconds patience) const {
  if (!state_) return true;
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, patience, [&] { return !state_->out; });
}

void SideThread::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->out || state->abandoned; });
    if (!state->out) break;
    const std::function<void()> task = std::move(state->task);
    lock.unlock();
    task();
    lock.lock();
    state->out = false;
    state->changed.notify_all();
  }
  threads_alive.fetch_sub(1);
}

}  // namespace gobox
