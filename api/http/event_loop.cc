// SPDX-License-Identifier: Apache-2.0

#include "api/http/event_loop.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <exception>

namespace gobox::api {
namespace {

constexpr std::chrono::milliseconds kSweep{250};
constexpr std::chrono::seconds kStopTimeout{15};  // for answers that are being sent
constexpr std::chrono::seconds kReportPause{10};
constexpr std::size_t kWorthShedding = std::size_t{32} << 10;

// What an event belongs to: a connection's number, with a bit more for the news of its source; the
// loop's own descriptors have numbers no connection gets.
constexpr std::uint64_t kNews = std::uint64_t{1} << 63;
constexpr std::uint64_t kListening = 0;
constexpr std::uint64_t kWake = kNews;

}  // namespace

EventLoop::EventLoop(const HttpSettings& settings, const Application& application,
                     UniqueFd listening)
    : settings_(settings),
      application_(application),
      listening_(std::move(listening)),
      pool_({settings.threads, settings.waiting}) {}

Result<void> EventLoop::open() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll_ || !wake_) return Error::system("epoll_create1");
  spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWake;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return Error::system("epoll_ctl");
  }
  event.data.u64 = kListening;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listening_.get(), &event) != 0) {
    return Error::system("epoll_ctl");
  }
  accepting_ = true;
  return {};
}

void EventLoop::stop() {
  stop_asked_ = true;
  const std::uint64_t one = 1;
  // An eventfd takes a write of eight bytes unless it is full, and then it is readable already.
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void EventLoop::run() {
  while (!is_done()) {
    epoll_event events[64];
    const bool idle = members_.empty() && accepting_ && !stopping_;
    const int timeout = !again_.empty() ? 0 : idle ? -1 : static_cast<int>(kSweep.count());
    const int count = ::epoll_wait(epoll_.get(), events, 64, timeout);
    for (int i = 0; i < count; ++i) take_event(events[i]);
    std::vector<std::uint64_t> again;
    again.swap(again_);
    for (const std::uint64_t id : again) {
      guarded(id, [this](Member& member) {
        const Phase phase = member.connection->phase();
        return (phase != Phase::kHead && phase != Phase::kBody) || read(member);
      });
    }
    if (stop_asked_ && !stopping_) begin_stopping();
    if (Clock::now() - swept_ >= kSweep) sweep();
  }
}

void EventLoop::take_event(const epoll_event& event) {
  const std::uint64_t subject = event.data.u64;
  if (subject == kListening) return accept_some();
  if (subject == kWake) {
    std::uint64_t times = 0;
    static_cast<void>(!::read(wake_.get(), &times, sizeof times));
    return take_answers();
  }
  if ((subject & kNews) == 0) {
    return guarded(subject, [&](Member& member) { return handle(member, event.events); });
  }
  guarded(subject & ~kNews, [this](Member& member) {
    // Before the caller has taken what there is, nothing is asked for.
    const Connection& connection = *member.connection;
    return connection.phase() != Phase::kFollowing || connection.has_output() || write_on(member);
  });
}

// No error of one exchange is another's, or the server's.
void EventLoop::guarded(std::uint64_t id, const std::function<bool(Member& member)>& call) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  bool stays = false;
  try {
    stays = call(found->second);
  } catch (const std::exception& failure) {
    report(std::string("a connection was dropped: ") + failure.what());
  }
  if (!stays) return drop(id);
  charge(found->second);
  if (held_ > settings_.held_bytes) shed();
}

void EventLoop::complete(std::list<Answer>&& answer) {
  {
    const std::lock_guard lock(answers_mutex_);
    answers_.splice(answers_.end(), answer);
  }
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

void EventLoop::take_answers() {
  std::list<Answer> answers;
  {
    const std::lock_guard lock(answers_mutex_);
    answers.swap(answers_);
  }
  for (Answer& answer : answers) {
    guarded(answer.id, [&](Member& member) {
      if (!begin_answer(member, std::move(answer))) return false;
      return member.connection->phase() != Phase::kHead || read(member);
    });
  }
}

void EventLoop::sweep() {
  const auto now = swept_ = Clock::now();
  if (!accepting_ && !stopping_) watch_listening(true);
  for (const std::uint64_t id : pool_.too_old(now - settings_.waiting_time)) {
    guarded(id, [this](Member& member) {
      report("a request waited too long for a thread");
      return refuse(member, 503, "the server is too busy to answer in time");
    });
  }
  std::vector<std::uint64_t> late;
  std::vector<std::uint64_t> silent;
  for (const auto& [id, member] : members_) {
    if (member.connection->deadline() < now) {
      late.push_back(id);
    } else if (member.connection->source() != nullptr) {
      silent.push_back(id);
    }
  }
  for (const std::uint64_t id : late) {
    guarded(id, [this](Member& member) { return time_out(member); });
  }
  for (const std::uint64_t id : silent) {
    guarded(id, [&](Member& member) {
      member.connection->beat(now);
      return !member.connection->has_output() || write_on(member);
    });
  }
}

// What has been on its way longest is what the fewest are waiting for.
void EventLoop::shed() {
  std::uint64_t oldest = 0;
  Clock::time_point since = Clock::time_point::max();
  for (const auto& [id, member] : members_) {
    const Connection& connection = *member.connection;
    if (connection.phase() == Phase::kAnswering || member.charged < kWorthShedding) continue;
    if (connection.since() < since) {
      since = connection.since();
      oldest = id;
    }
  }
  if (oldest == 0) return;
  report("a slow connection was dropped: too many bytes are on their way");
  drop(oldest);
}

void EventLoop::charge(Member& member) {
  // While a thread works on it the request's body is still ours to hold.
  if (member.connection->phase() == Phase::kAnswering) return;
  const std::size_t now = member.connection->held();
  held_ += now - member.charged;
  member.charged = now;
}

bool EventLoop::watch(Member& member, std::uint32_t events) {
  if (member.registered && member.watched == events) return true;
  epoll_event event{};
  event.events = events;
  event.data.u64 = member.id;
  const int operation = member.registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (::epoll_ctl(epoll_.get(), operation, member.connection->socket(), &event) != 0) {
    report("epoll_ctl: a connection was dropped");
    return false;
  }
  member.registered = true;
  member.watched = events;
  return true;
}

void EventLoop::drop(std::uint64_t id) {
  const auto found = members_.find(id);
  held_ -= found->second.charged;
  const auto address = of_address_.find(found->second.connection->remote());
  if (--address->second == 0) of_address_.erase(address);
  members_.erase(found);
}

// From now on each connection closes after the answer it is waiting for.
void EventLoop::begin_stopping() {
  stopping_ = true;
  stop_by_ = Clock::now() + kStopTimeout;
  listening_.reset();
  accepting_ = false;
  std::vector<std::uint64_t> unasked;
  for (const auto& [id, member] : members_) {
    const Phase phase = member.connection->phase();
    if (phase == Phase::kHead || phase == Phase::kBody) unasked.push_back(id);
  }
  for (const std::uint64_t id : unasked) drop(id);
}

bool EventLoop::is_done() const {
  if (!stopping_) return false;
  if (Clock::now() > stop_by_) return true;
  for (const auto& [id, member] : members_) {
    if (member.connection->phase() != Phase::kLingering) return false;
  }
  return true;
}

void EventLoop::report(const std::string& trouble) {
  const auto now = Clock::now();
  if (now - reported_ < kReportPause || !application_.report) return;
  reported_ = now;
  application_.report(trouble);
}

}  // namespace gobox::api
