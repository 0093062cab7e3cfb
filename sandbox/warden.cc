// SPDX-License-Identifier: Apache-2.0

#include "sandbox/warden.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <system_error>

#include "sandbox/sandbox.h"

namespace gobox::sandbox {
namespace {

// The supervising thread has this long to see to a limit itself.
constexpr auto kSlack = std::chrono::milliseconds(40);
constexpr auto kShortestWardenCheck = std::chrono::milliseconds(20);

// The kernel bounds the rate: no limit is reached before what is left of it, divided by that.
Nanoseconds soonest(Nanoseconds left, double cpus) {
  const double rate = std::max(cpus, 0.01);
  const auto least = Nanoseconds(
      static_cast<std::int64_t>(static_cast<double>((left + Nanoseconds(kSlack)).count()) / rate));
  return std::max(least, Nanoseconds(kShortestWardenCheck));
}

}  // namespace

Warden::Watch::~Watch() {
  if (!begun_) return;
  const std::lock_guard lock(warden_.mutex_);
  warden_.watches_.remove(this);
  if (cancel_) ::epoll_ctl(warden_.epoll_.get(), EPOLL_CTL_DEL, cancel_.get(), nullptr);
}

Result<void> Warden::Watch::begin() {
  TRY(warden_.start());
  if (order_.cancel >= 0) {
    cancel_.reset(::fcntl(order_.cancel, F_DUPFD_CLOEXEC, 0));
    if (!cancel_) return Error::system("dup the descriptor that cancels");
  }
  warden_.add(*this);
  begun_ = true;
  return {};
}

std::optional<Warden::Kill> Warden::Watch::killed() const {
  const std::lock_guard lock(warden_.mutex_);
  return killed_;
}

Warden::~Warden() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

Result<void> Warden::start() {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) return {};
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return Error::system("epoll_create1");
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return Error::system("eventfd");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return Error::system("epoll_ctl");
  }
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error& failure) {
    return Error::system("start the warden's thread", failure.code().value());
  }
  return {};
}

void Warden::add(Watch& watch) {
  bool earlier = false;
  {
    const std::lock_guard lock(mutex_);
    watch.due_ = watch.order_.end + kSlack;
    if (watch.order_.cpu_limit) {
      watch.due_ = std::min(
          watch.due_, watch.order_.start + soonest(*watch.order_.cpu_limit, watch.order_.cpus));
    }
    watch.number_ = ++last_number_;
    watches_.push_back(&watch);
    earlier = watch.due_ < next_look_;
    if (watch.cancel_) {
      // Once: it stays readable, and the watch ends soon.
      epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.u64 = watch.number_}};
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watch.cancel_.get(), &event);
    }
  }
  // The usual new watch is due later than an old one, which saves the waking.
  if (earlier) ::eventfd_write(wake_.get(), 1);
}

void Warden::work() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    int timeout = -1;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      const auto now = Clock::now();
      next_look_ = see_to_the_due(now);
      if (next_look_ != Clock::time_point::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_look_ - now);
        timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, 3'600'000));
      }
    }
    epoll_event event{};
    if (::epoll_wait(epoll_.get(), &event, 1, timeout) <= 0) continue;
    eventfd_t count = 0;
    if (event.data.u64 == 0) {
      ::eventfd_read(wake_.get(), &count);
    } else {
      see_to_canceled(event.data.u64);
    }
  }
}

// Returns when the next one is due.
Warden::Clock::time_point Warden::see_to_the_due(Clock::time_point now) {
  auto next = Clock::time_point::max();
  for (Watch* const watch : watches_) {
    if (watch->killed_) continue;
    if (watch->due_ <= now) look(*watch, now);
    if (!watch->killed_) next = std::min(next, watch->due_);
  }
  return next;
}

void Warden::look(Watch& watch, Clock::time_point now) {
  const Order& order = watch.order_;
  if (watch.cancel_due_ && now >= *watch.cancel_due_) {
    return kill(watch, {.reason = KillReason::kCanceled, .at = now});
  }
  if (now >= order.end + kSlack) {
    return kill(watch, {.reason = order.wall_reason,
                        .limit = order.wall_limit,
                        .used = now - order.start,
                        .at = now});
  }
  watch.due_ = std::min(order.end + kSlack, watch.cancel_due_.value_or(Clock::time_point::max()));
  const auto used = order.cpu_limit ? order.sandbox->cpu_used() : Error::host("no limit");
  if (!used) return;
  if (*used >= *order.cpu_limit + Nanoseconds(kSlack)) {
    return kill(
        watch,
        {.reason = KillReason::kCpuLimit, .limit = *order.cpu_limit, .used = *used, .at = now});
  }
  watch.due_ = std::min(watch.due_, now + soonest(*order.cpu_limit - *used, order.cpus));
}

void Warden::see_to_canceled(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto watch = std::find_if(watches_.begin(), watches_.end(),
                                  [&](const Watch* each) { return each->number_ == number; });
  if (watch == watches_.end() || (*watch)->killed_) return;  // over since the event was taken
  if (const Nanoseconds grace = (*watch)->order_.cancel_grace; grace.count() > 0) {
    (*watch)->cancel_due_ = Clock::now() + grace + kSlack;
    (*watch)->due_ = std::min((*watch)->due_, *(*watch)->cancel_due_);
    return;
  }
  kill(**watch, {.reason = KillReason::kCanceled, .at = Clock::now()});
}

void Warden::kill(Watch& watch, const Kill& kill) {
  watch.order_.sandbox->kill();
  watch.killed_ = kill;
}

}  // namespace gobox::sandbox
