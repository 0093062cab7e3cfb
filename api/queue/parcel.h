// SPDX-License-Identifier: Apache-2.0

#pragma once

// Parcel: a message of the queue: what is said about it (JSON) and bytes of any size. One message,
// or, where that is larger than NATS takes, pieces in the stream of blobs and a message that names
// them. Plain data; Parcels is thread-safe.

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "api/queue/jet_stream.h"
#include "api/queue/subjects.h"

namespace gobox::api {

struct Parcel {
  boost::json::object about;
  std::string bytes;

  // "" where it is absent, or no text.
  std::string text(std::string_view name) const;
  std::uint64_t number(std::string_view name) const;
  bool truth(std::string_view name) const;
};

class Parcels {
 public:
  Parcels(const JetStream& stream, const Subjects& subjects)
      : stream_(stream), subjects_(subjects) {}

  // The message's data. `name` tells this parcel's pieces from all others'; they are stored when
  // this returns.
  Result<std::string> pack(boost::json::object about, std::string_view bytes,
                           const std::string& name) const;

  // Fetches the pieces.
  Result<Parcel> unpack(std::string_view data) const;

 private:
  std::size_t most_inline() const;

  const JetStream& stream_;
  const Subjects& subjects_;
};

// What is said about it, without its bytes.
Result<Parcel> look_at(std::string_view data);

}  // namespace gobox::api
