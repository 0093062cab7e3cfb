// SPDX-License-Identifier: Apache-2.0

#include "api/callback/callbacks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

namespace gobox::api {
namespace {

using State = CallbackState::Kind;
using std::chrono::milliseconds;

// Behind the first attempt, the second, and so on; a quarter of each more or less, so that what
// failed together does not come again together.
constexpr std::array<std::int64_t, Callbacks::kMostAttempts - 1> kPausesMs = {1000, 5000, 30'000,
                                                                              120'000, 600'000};
constexpr milliseconds kLongest{60'000};  // between two looks
constexpr milliseconds kStoreTrouble{5'000};

std::int64_t now_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since).count();
}

std::int64_t pause_after(unsigned attempts) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  const std::int64_t pause = kPausesMs[std::min<std::size_t>(attempts, kPausesMs.size()) - 1];
  return pause + std::uniform_int_distribution<std::int64_t>(-pause / 4, pause / 4)(random);
}

}  // namespace

const char* name_of(CallbackState::Kind kind) {
  if (kind == State::kDelivered) return "delivered";
  return kind == State::kFailed ? "failed" : "waiting";
}

Callbacks::Callbacks(Outbox& outbox, Settings settings, Metrics& metrics, Log& log)
    : outbox_(outbox), settings_(std::move(settings)), metrics_(metrics), log_(log) {
  for (unsigned i = 0; i < kPosters; ++i) posters_.emplace_back([this] { work(); });
}

Callbacks::~Callbacks() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& each : posters_) each.join();
}

void Callbacks::look() {
  {
    const std::lock_guard lock(mutex_);
    ++news_;
  }
  changed_.notify_all();
}

void Callbacks::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t seen = news_;
    std::int64_t next_ms = 0;
    if (auto letter = take(next_ms)) {
      const std::string caller = letter->caller;
      lock.unlock();
      const bool noted = deliver(std::move(*letter));
      lock.lock();
      // What is not written down would be posted again at once.
      if (!noted) changed_.wait_for(lock, kStoreTrouble, [&] { return stopping_.load(); });
      busy_.erase(caller);
      ++news_;
      changed_.notify_all();
      continue;
    }
    const milliseconds pause =
        std::clamp(milliseconds(next_ms - now_ms()), milliseconds(1), kLongest);
    changed_.wait_for(lock, pause, [&] { return stopping_ || news_ != seen; });
  }
}

// What is due now, of a caller nobody else posts for; else when to look again. mutex_ is held.
std::optional<Outbox::Letter> Callbacks::take(std::int64_t& next_ms) {
  const std::int64_t now = now_ms();
  next_ms = now + kLongest.count();
  auto letters = outbox_.next_letters();
  if (!letters) {
    log_.error(letters.error().message);
    next_ms = now + kStoreTrouble.count();
    return std::nullopt;
  }
  Outbox::Letter* first = nullptr;
  for (Outbox::Letter& each : *letters) {
    if (busy_.contains(each.caller)) continue;
    if (first == nullptr || each.state.due_ms < first->state.due_ms) first = &each;
  }
  if (first == nullptr) return std::nullopt;
  if (first->state.due_ms > now) {
    next_ms = first->state.due_ms;
    return std::nullopt;
  }
  busy_.insert(first->caller);
  return std::move(*first);
}

CallbackAnswer Callbacks::attempt(const Outbox::Letter& letter) {
  // The list may be another than when the run was accepted.
  const auto target = settings_.rules.check(letter.state.url);
  if (!target) {
    return {CallbackAnswer::Kind::kRefused, 0, "the address " + target.error().message};
  }
  const auto body = outbox_.body_of(letter);
  if (!body) return {CallbackAnswer::Kind::kAgain, 0, body.error().message};
  if (!*body) return {CallbackAnswer::Kind::kRefused, 0, "the result has expired"};
  return post_callback({*target, letter.id, settings_.key, **body}, stopping_);
}

bool Callbacks::deliver(Outbox::Letter letter) {
  const CallbackAnswer answer = attempt(letter);
  if (answer.kind == CallbackAnswer::Kind::kAborted) return true;  // for the next process
  CallbackState& state = letter.state;
  ++state.attempts;
  state.status = answer.status;
  state.message = answer.message;
  const bool again = answer.kind == CallbackAnswer::Kind::kAgain && state.attempts < kMostAttempts;
  if (answer.kind == CallbackAnswer::Kind::kTaken) {
    state.kind = State::kDelivered;
  } else if (again) {
    state.due_ms = now_ms() + pause_after(state.attempts);
  } else {
    state.kind = State::kFailed;
    log_.warning("a result could not be posted",
                 {{"run", letter.id}, {"caller", letter.caller}, {"reason", state.message}});
  }
  metrics_.count_callback(again ? "retried" : name_of(state.kind));
  const auto noted = outbox_.note(letter);
  if (!noted) log_.error(noted.error().message, {{"run", letter.id}});
  return noted.has_value();
}

}  // namespace gobox::api
