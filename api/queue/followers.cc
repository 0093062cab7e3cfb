// SPDX-License-Identifier: Apache-2.0

#include "api/queue/followers.h"

#include <charconv>

namespace gobox::api {
namespace {

constexpr std::chrono::seconds kLookAnyway{2};
constexpr unsigned kMostLooksAfterEnd = 3;  // for events that the result says there are

}  // namespace

std::string pack_events(const std::vector<RunEvent>& events) {
  if (events.empty()) return {};
  std::string data = std::to_string(events.front().id) + "\n";
  for (const RunEvent& event : events) data += event.kind + " " + event.data + "\n";
  return data;
}

std::vector<RunEvent> unpack_events(std::string_view data) {
  std::uint64_t first = 0;
  const auto [end, failure] = std::from_chars(data.data(), data.data() + data.size(), first);
  const auto length = static_cast<std::size_t>(end - data.data());
  if (failure != std::errc() || first == 0 || length >= data.size()) return {};
  auto events = parse_events(data.substr(length + 1), 0);
  for (RunEvent& event : events) event.id += first - 1;
  return events;
}

Result<std::string> stored_events(const Queue& queue, const Queue::Whose& run) {
  const std::string stream = queue.subjects().stream("EVENTS");
  const std::string subject = queue.subjects().events(run.caller, run.id);
  std::string text;
  for (std::uint64_t next = 1;;) {
    const auto message = TRY(queue.stream().next_of(stream, subject, next));
    if (!message) return text;
    next = message->sequence + 1;
    for (const RunEvent& event : unpack_events(message->data)) {
      text += event.kind + " " + event.data + "\n";
    }
  }
}

Followers::Followers(const Queue& queue) : queue_(queue), thread_([this] { work(); }) {}

Followers::~Followers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::unique_ptr<WireSubscription>> Followers::wake_on(const std::string& subject,
                                                             std::shared_ptr<bool> news) {
  return queue_.wire().subscribe(subject, [this, news](const WireMessage&) {
    const std::lock_guard lock(mutex_);
    *news = true;
    any_news_ = true;
    changed_.notify_all();
  });
}

Result<void> Followers::follow(const std::shared_ptr<Run>& run) {
  Followed followed;
  followed.whose = {run->caller(), run->id()};
  followed.run = run;
  followed.events = TRY(wake_on(queue_.subjects().events(run->caller(), run->id()), followed.news));
  followed.end = TRY(wake_on(queue_.subjects().of_run(run->id(), "ended"), followed.news));
  const std::lock_guard lock(mutex_);
  followed_.push_back(std::move(followed));
  any_news_ = true;
  changed_.notify_all();
  return {};
}

void Followers::work() {
  auto looked_anyway = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, kLookAnyway, [&] { return stopping_ || any_news_; });
    any_news_ = false;
    const auto now = std::chrono::steady_clock::now();
    const bool all = now - looked_anyway >= kLookAnyway;
    if (all) looked_anyway = now;
    // Only this thread takes out of the list, and those who add do so at its end.
    for (auto each = followed_.begin(); each != followed_.end() && !stopping_;) {
      bool more = true;
      if (all || *each->news) {
        *each->news = false;
        lock.unlock();
        more = look_at(*each);
        lock.lock();
      }
      if (more) {
        ++each;
        continue;
      }
      std::list<Followed> done;
      done.splice(done.end(), followed_, each++);
      lock.unlock();
      done.clear();  // waits for handlers, which want the lock
      lock.lock();
    }
  }
}

// False: there is nothing more to follow.
bool Followers::look_at(Followed& followed) const {
  const std::shared_ptr<Run> run = followed.run.lock();
  if (!run || run->state() == Run::State::kFinished) return false;
  read_events(followed, *run);
  return !read_result(followed, *run);
}

void Followers::read_events(Followed& followed, Run& run) const {
  const std::string stream = queue_.subjects().stream("EVENTS");
  const std::string subject = queue_.subjects().events(run.caller(), run.id());
  for (;;) {
    const auto message = queue_.stream().next_of(stream, subject, followed.next);
    if (!message || !*message) return;
    followed.next = (*message)->sequence + 1;
    for (RunEvent& event : unpack_events((*message)->data)) run.hear_event(std::move(event));
  }
}

bool Followers::read_result(Followed& followed, Run& run) const {
  const auto result = queue_.find_result(followed.whose, Queue::Pieces::kFetch);
  if (!result || !*result) return false;
  // The events were stored before the result; only where the stream has dropped some are fewer
  // here.
  read_events(followed, run);
  const bool all = run.last_event() >= (*result)->number("events");
  if (!all && ++followed.looks_after_end < kMostLooksAfterEnd) return false;
  run.hear_result((*result)->bytes);
  return true;
}

}  // namespace gobox::api
