// SPDX-License-Identifier: Apache-2.0

#pragma once

// Announcement: what a worker says of itself every other second: what it can run, and how much more
// of it now. Plain data, and its JSON, which is also an entry of GET /v1/workers.

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/queue/subjects.h"
#include "api/runs/backend.h"

namespace gobox::api {

struct Announcement {
  std::string name;
  std::string version;
  std::string architecture;
  std::vector<Backend::Offer> offers;  // its default first
  std::vector<std::string> policies;
  std::string playground_policy;
  bool fake_clock = false;
  bool modules = false;  // fetches them
  bool ready = false;
  bool draining = false;
  std::uint64_t slots = 0;
  std::uint64_t running = 0;
  std::uint64_t memory_budget = 0;
  std::uint64_t memory_free = 0;

  bool takes_runs() const { return ready && !draining; }

  // Whatever else it is doing now.
  bool can(const Need& need) const;

  // And now.
  bool has_room_for(const Need& need) const {
    return running < slots && need.memory_bytes() <= memory_free;
  }
};

boost::json::object to_json(const Announcement& announcement);
Result<Announcement> read_announcement(std::string_view text);

}  // namespace gobox::api
