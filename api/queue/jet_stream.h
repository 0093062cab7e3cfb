// SPDX-License-Identifier: Apache-2.0

#pragma once

// JetStream: what the queue asks of NATS' streams, over a Wire. One method a call of the wire API
// (docs.nats.io, "JetStream wire API Reference"), with its answer read. Owns nothing but the
// reference; thread-safe.

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/queue/wire.h"
#include "base/error.h"

namespace gobox::api {

struct Published {
  enum class How {
    kStored,  // or had been, under the same message id
    kOtherWasFirst,
    kFull,
    kNoStream,
    kUnknown,  // no answer in time
  };

  How how = How::kUnknown;
  std::uint64_t sequence = 0;
  std::string why;

  explicit operator bool() const { return how == How::kStored; }
};

struct StoredMessage {
  std::uint64_t sequence = 0;
  std::int64_t time_ns = 0;  // of the NATS server's clock, since 1970
  std::string data;
};

// A message that a consumer gave out, until it is acknowledged.
struct Delivery {
  std::string subject;
  std::string reply;             // where acknowledgements go
  std::uint64_t deliveries = 0;  // with this one
  std::uint64_t sequence = 0;
  std::int64_t time_ns = 0;
  std::uint64_t pending = 0;  // behind it
  std::string data;
};

// nullopt: not a reply subject of JetStream's.
std::optional<Delivery> read_delivery(const WireMessage& message);

class JetStream {
 public:
  struct Publication {
    std::string message_id;                    // "" for none
    std::optional<std::uint64_t> expected;     // last sequence of the subject; 0: the first of it
    std::chrono::milliseconds patience{5000};  // tried again and again so long
  };

  explicit JetStream(Wire& wire) : wire_(wire) {}

  Wire& wire() const { return wire_; }

  Published publish(const std::string& subject, std::string_view data,
                    const Publication& how) const;

  // nullopt: there is none.
  Result<std::optional<StoredMessage>> last_of(const std::string& stream,
                                               const std::string& subject) const;
  Result<std::optional<StoredMessage>> at(const std::string& stream, std::uint64_t sequence) const;
  // The first at or behind `sequence`.
  Result<std::optional<StoredMessage>> next_of(const std::string& stream,
                                               const std::string& subject,
                                               std::uint64_t sequence) const;

  // Subjects that match, each with how many messages it has.
  Result<std::map<std::string, std::uint64_t>> subjects(const std::string& stream,
                                                        const std::string& filter) const;

  Result<void> purge(const std::string& stream, const std::string& subject) const;

  // nullopt: the consumer has nothing; an Error: it is not there, or nobody answers.
  Result<std::optional<Delivery>> fetch(const std::string& stream,
                                        const std::string& consumer) const;

  // A call of the API, "STREAM.INFO.X". An Error's errno_value is ENOENT where the stream or the
  // consumer does not exist, and EAGAIN where nobody answers.
  Result<boost::json::object> ask(const std::string& call, const boost::json::object& body) const;

 private:
  Published try_to_publish(const std::string& subject, std::string_view data,
                           const Publication& how) const;
  Result<std::optional<StoredMessage>> get(const std::string& stream,
                                           const boost::json::object& which) const;

  Wire& wire_;
};

}  // namespace gobox::api
