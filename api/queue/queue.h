// SPDX-License-Identifier: Apache-2.0

#pragma once

// Queue: one process's connection to the shared queue, and what front ends and workers both do with
// it: results that are written once, states of runs that have none yet.
//
// A result is created, never overwritten: whoever comes first has decided how the run ended, and
// the stream refuses every other. Thread-safe.

#include <memory>
#include <optional>
#include <string>

#include "api/operation/queue_options.h"
#include "api/queue/jet_stream.h"
#include "api/queue/parcel.h"
#include "api/queue/subjects.h"
#include "api/queue/wire.h"

namespace gobox::api {

class Queue {
 public:
  // `name` tells this process from others in the NATS server's list. The streams are there.
  static Result<std::unique_ptr<Queue>> open(const QueueOptions& options, const std::string& name);

  Queue(std::unique_ptr<Wire> wire, Subjects subjects)
      : wire_(std::move(wire)),
        subjects_(std::move(subjects)),
        stream_(*wire_),
        parcels_(stream_, subjects_) {}

  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  Wire& wire() const { return *wire_; }

  const Subjects& subjects() const { return subjects_; }

  const JetStream& stream() const { return stream_; }

  const Parcels& parcels() const { return parcels_; }

  // What is kept under its id, or the answer to a call that nobody can ask for again.
  enum class Kind { kRun, kAnswer };

  struct Whose {
    std::string caller;
    std::string id;
    Kind kind = Kind::kRun;
  };

  enum class Pieces { kFetch, kLeave };

  // nullopt: it has none.
  Result<std::optional<Parcel>> find_result(const Whose& run, Pieces pieces) const;

  struct Written {
    Published published;
    std::string data;  // as it was stored, for who waits for it
  };

  // `author` tells writers apart: the same one may try again.
  Written write_result(const Whose& run, boost::json::object about, std::string_view text,
                       const std::string& author, std::chrono::milliseconds patience) const;

  // Where a file is that the run left, as the author of its result has it.
  std::string artifact_subject(const Whose& run, const std::string& author,
                               const std::string& name) const;

  // The run needs no state any more.
  void forget_state(const Whose& run) const;

 private:
  std::string result_subject(const Whose& run) const;

  const std::unique_ptr<Wire> wire_;
  const Subjects subjects_;
  const JetStream stream_;
  const Parcels parcels_;
};

WireSettings wire_settings(const QueueOptions& options, const std::string& name);

}  // namespace gobox::api
