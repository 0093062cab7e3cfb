// SPDX-License-Identifier: Apache-2.0

#pragma once

// Roster: the workers a front end hears of. Whoever is silent for ten seconds is gone; clocks of
// other machines play no part. Thread-safe.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/queue/announcement.h"

namespace gobox::api {

class Roster {
 public:
  void hear(std::string_view announcement);

  std::vector<Announcement> all() const;

  // Somebody can run this, at once or later.
  bool anybody_can(const Need& need) const;
  bool anybody_has_modules() const;
  // The most memory that any of them gives to its runs together; 0: there is none.
  std::uint64_t most_memory() const;

  // Who is to be told of a run, the best first: those with room, and of them the one that gets this
  // source each time, because it may have compiled it.
  std::vector<std::string> choose(const Need& need, std::uint64_t source, std::size_t most) const;

  // What all of them offer together. The default, which comes first, is the newest of their
  // defaults; the rest follow, the newest first.
  std::vector<Backend::Offer> offers() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Entry {
    Announcement announcement;
    Clock::time_point heard;
  };

  void forget_silent(Clock::time_point now) const;

  mutable std::mutex mutex_;
  mutable std::map<std::string, Entry> workers_;
};

// Of bytes, the same in every process.
std::uint64_t fingerprint(std::string_view bytes, std::uint64_t seed = 14695981039346656037ULL);

}  // namespace gobox::api
