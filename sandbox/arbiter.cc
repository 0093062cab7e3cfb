// SPDX-License-Identifier: Apache-2.0

#include "sandbox/arbiter.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "sandbox/arbitration.h"

namespace gobox::sandbox {
namespace {

using Clock = Arbitration::Clock;

// A lock that another gives back by closing tells nobody: who waits for one is asked for again.
constexpr auto kFirstPause = std::chrono::milliseconds(1);
constexpr auto kLongestPause = std::chrono::milliseconds(16);

struct Request {
  std::shared_ptr<const UniqueFd> listener;
  seccomp_notif notice{};
  Clock::time_point since{};
};

// ENOENT: the caller is gone, or a signal came first and it will ask again.
void send(int listener, std::uint64_t id, const Verdict& verdict) {
  seccomp_notif_resp response{};
  response.id = id;
  response.error = -verdict.errno_value;
  if (verdict.carry_out) response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

bool still_waits(const Request& request) {
  return ::ioctl(request.listener->get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &request.notice.id) == 0;
}

dev_t device_of(int directory) {
  struct stat status {};

  return ::fstat(directory, &status) == 0 ? status.st_dev : 0;
}

}  // namespace

struct Arbiter::Desk {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Request> fresh;
  bool started = false;
  bool closed = false;
  int listener_number = -1;
  std::shared_ptr<const UniqueFd> listener;  // ours, of that number
  pid_t init_pid = -1;
  dev_t own_device = 0;
  std::uint64_t memory_bytes = 0;

  // False: nothing more to do. Otherwise `taken` has what came, or a pause is over.
  bool wait(std::chrono::milliseconds pause, bool anyone_waits, std::deque<Request>& taken) {
    std::unique_lock lock(mutex);
    const auto stirred = [this] { return closed || !fresh.empty(); };
    if (anyone_waits) {
      changed.wait_for(lock, pause, stirred);
    } else {
      changed.wait(lock, stirred);
    }
    taken.swap(fresh);
    return !closed;
  }

  void serve() {
    Arbitration arbitration(init_pid, own_device, memory_bytes);
    std::vector<Request> waiting;
    auto pause = kFirstPause;
    for (;;) {
      std::deque<Request> taken;
      if (!wait(pause, !waiting.empty(), taken)) return;
      pause = taken.empty() ? std::min(2 * pause, kLongestPause) : kFirstPause;
      waiting.insert(waiting.end(), taken.begin(), taken.end());
      std::erase_if(waiting, [&](const Request& request) {
        if (!still_waits(request)) return true;
        const auto verdict =
            arbitration.decide(request.listener->get(), request.notice, request.since);
        if (verdict) send(request.listener->get(), request.notice.id, *verdict);
        return verdict.has_value();
      });
    }
  }
};

Arbiter::Arbiter(pid_t init_pid, int space, std::uint64_t memory_bytes)
    : desk_(std::make_shared<Desk>()) {
  desk_->init_pid = init_pid;
  desk_->own_device = device_of(space);
  desk_->memory_bytes = memory_bytes;
}

Arbiter::~Arbiter() {
  const std::lock_guard lock(desk_->mutex);
  desk_->closed = true;
  desk_->changed.notify_one();
}

void Arbiter::take(int listener, const seccomp_notif& notice) {
  const std::lock_guard lock(desk_->mutex);
  if (desk_->listener_number != listener) {
    desk_->listener = std::make_shared<const UniqueFd>(::fcntl(listener, F_DUPFD_CLOEXEC, 0));
    desk_->listener_number = listener;
  }
  if (!desk_->started) {
    try {
      std::thread([desk = desk_] { desk->serve(); }).detach();
    } catch (const std::system_error&) {
      return send(listener, notice.id, {.errno_value = EAGAIN});
    }
    desk_->started = true;
  }
  desk_->fresh.push_back({desk_->listener, notice, Clock::now()});
  desk_->changed.notify_one();
}

}  // namespace gobox::sandbox
