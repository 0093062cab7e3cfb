// SPDX-License-Identifier: Apache-2.0

#pragma once

// Wire: a connection to NATS, as much of it as the queue needs: messages out, messages in,
// questions with answers. JetStream is spoken over it (jet_stream.h). The implementation is a
// module of its own, libgobox-nats.so, loaded when a queue is asked for: a server without one needs
// no libnats.
//
// Reconnects by itself for ever. Thread-safe. Handlers are called one at a time in a thread of the
// library's: they must not block, and must not destroy their own subscription.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace gobox::api {

struct WireSettings {
  std::string urls;         // nats://HOST:PORT[,...]; tls:// asks for TLS
  std::string credentials;  // a .creds file; "" for none
  std::string authorities;  // PEM file of CAs; "" for the system's
  std::string certificate;  // PEM files of ours; "" for none
  std::string key;
  std::string name;                           // of this client, as the NATS server lists it
  std::chrono::milliseconds patience{10000};  // for the first connection
};

using WireHeaders = std::vector<std::pair<std::string, std::string>>;

struct WireMessage {
  std::string subject;
  std::string reply;
  WireHeaders headers;
  std::string data;

  // "" where it is absent.
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

struct WireAnswer {
  enum class Kind {
    kAnswer,
    kNobody,  // nobody listens to that subject: nothing has happened
    kNone,    // no answer in time, or the connection is down: something may have happened
  };

  Kind kind = Kind::kNone;
  WireMessage message;
  std::string why;  // not kAnswer
};

class WireSubscription {
 public:
  WireSubscription() = default;
  WireSubscription(const WireSubscription&) = delete;
  WireSubscription& operator=(const WireSubscription&) = delete;
  // Waits for a handler that is running.
  virtual ~WireSubscription() = default;
};

class Wire {
 public:
  using Handler = std::function<void(const WireMessage& message)>;

  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  virtual ~Wire() = default;

  virtual WireAnswer request(const std::string& subject, const WireHeaders& headers,
                             std::string_view data, std::chrono::milliseconds patience) = 0;

  // Without a word whether it arrived.
  virtual void publish(const std::string& subject, std::string_view data) = 0;

  virtual Result<std::unique_ptr<WireSubscription>> subscribe(const std::string& subject,
                                                              Handler handler) = 0;

  // What was published and subscribed so far has reached the server; false: not in time.
  virtual bool flush(std::chrono::milliseconds patience) = 0;

  virtual bool connected() const = 0;
  virtual std::uint64_t reconnects() const = 0;
  virtual std::size_t most_payload() const = 0;  // bytes of one message
};

// Loads the module and connects. A caller's Error: the settings; a host's: no module, no server.
Result<std::unique_ptr<Wire>> open_wire(const WireSettings& settings);

// What the module exports under kOpenWire. Null: `error` says why.
using OpenWire = Wire* (*)(const WireSettings& settings, Error& error);
inline constexpr const char* kOpenWire = "gobox_open_wire";

}  // namespace gobox::api
