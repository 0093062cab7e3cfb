// SPDX-License-Identifier: Apache-2.0

#pragma once

// Consumers: the durable consumers that give out runs, one for each kind of run of each caller, so
// that workers can take turns between callers. Made before the first run is put in, gone when
// nobody has asked them for an hour. Thread-safe.

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "api/queue/queue.h"

namespace gobox::api {

class Consumers {
 public:
  explicit Consumers(const Queue& queue) : queue_(queue) {}

  // `most`: how many of its runs may be out at the same time; 0: any number. Asked for often, it
  // asks the server seldom.
  Result<void> ensure(const std::string& subject, unsigned most);

  // The same for who takes: one that is there stays as it is.
  Result<void> ensure_any(const std::string& subject);

  // It turned out not to be there.
  void forget(const std::string& subject);

  struct Line {
    std::uint64_t waiting = 0;
    std::uint64_t given_out = 0;  // so far, in all
  };

  Result<Line> line(const std::string& subject) const;

  // Removes what has been acknowledged and lies there all the same, as a server that was killed
  // between the two leaves it.
  void sweep(const std::string& subject) const;

 private:
  using Clock = std::chrono::steady_clock;

  bool is_known(const std::string& subject);
  void know(const std::string& subject);
  Result<void> make(const std::string& subject, unsigned most) const;

  const Queue& queue_;
  std::mutex mutex_;
  std::map<std::string, Clock::time_point> known_;  // until when
};

}  // namespace gobox::api
