// SPDX-License-Identifier: Apache-2.0

#pragma once

// Streams: the streams of a queue, how they are made and how they are. Made by `sandbox-api queue
// init` alone: a server that finds one missing says so, and does not make another of its own.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "api/queue/jet_stream.h"
#include "api/queue/subjects.h"

namespace gobox::api {

struct StreamBounds {
  std::uint64_t bytes = 4ULL << 30;     // of all streams together
  std::chrono::seconds age{24 * 3600};  // of runs and their results
  unsigned replicas = 1;
  std::uint64_t runs = 100'000;       // that wait or run, in all
  std::uint64_t runs_of_one = 1'000;  // of one caller and kind
};

struct StreamState {
  std::string name;
  bool missing = false;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t most_bytes = 0;
  std::uint64_t consumers = 0;
};

class Streams {
 public:
  Streams(const JetStream& stream, const Subjects& subjects)
      : stream_(stream), subjects_(subjects) {}

  // Makes what is missing and changes what is there to these bounds. Loses nothing that is kept,
  // unless the bounds say so.
  Result<void> init(const StreamBounds& bounds) const;

  Result<std::vector<StreamState>> state() const;

  // An Error that says how the missing streams are made.
  Result<void> check() const;

 private:
  const JetStream& stream_;
  const Subjects& subjects_;
};

}  // namespace gobox::api
