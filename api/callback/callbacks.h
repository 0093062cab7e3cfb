// SPDX-License-Identifier: Apache-2.0

#pragma once

// Callbacks: posts results to where their callers want them, one at a time for each caller, again
// and later where a receiver does not take them, kMostAttempts times at most. What there is to
// post, and what came of it, lies in an Outbox that outlives this process; nothing else waits for
// a receiver. A result is posted at least once: it may be twice where this process ends meanwhile.
//
// Has kPosters threads of its own; the destructor ends them within a second or two. Thread-safe.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "api/callback/callback_post.h"
#include "api/callback/callback_rules.h"
#include "api/operation/log.h"
#include "api/operation/metrics.h"

namespace gobox::api {

// What became of the posting of one result.
struct CallbackState {
  enum class Kind { kWaiting, kDelivered, kFailed };

  std::string url;
  Kind kind = Kind::kWaiting;
  unsigned attempts = 0;
  std::int64_t due_ms = 0;  // of the next attempt, since 1970
  int status = 0;           // the receiver's last; 0: none
  std::string message;      // about the last attempt, "" where it succeeded or was not made yet
};

const char* name_of(CallbackState::Kind kind);

// Where results wait to be posted. Thread-safe.
class Outbox {
 public:
  struct Letter {
    std::string id;  // the run's
    std::string caller;
    CallbackState state;
  };

  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  virtual ~Outbox() = default;

  // Of each caller the one whose next attempt is due first, all of ended runs.
  virtual Result<std::vector<Letter>> next_letters() = 0;
  // The result to post; nullopt: it has expired.
  virtual Result<std::optional<std::string>> body_of(const Letter& letter) = 0;
  virtual Result<void> note(const Letter& letter) = 0;
};

class Callbacks {
 public:
  static constexpr unsigned kMostAttempts = 6;
  static constexpr unsigned kPosters = 4;

  struct Settings {
    CallbackRules rules;
    std::string key;
  };

  Callbacks(Outbox& outbox, Settings settings, Metrics& metrics, Log& log);
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;
  ~Callbacks();

  // There is something new to post.
  void look();

 private:
  void work();
  std::optional<Outbox::Letter> take(std::int64_t& next_ms);
  // False: what came of it is not written down.
  bool deliver(Outbox::Letter letter);
  CallbackAnswer attempt(const Outbox::Letter& letter);

  Outbox& outbox_;
  const Settings settings_;
  Metrics& metrics_;
  Log& log_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t news_ = 0;      // grows with each look()
  std::set<std::string> busy_;  // callers one of whose results is being posted
  std::vector<std::thread> posters_;
};

}  // namespace gobox::api
