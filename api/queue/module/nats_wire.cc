// SPDX-License-Identifier: Apache-2.0

// libgobox-nats.so: the Wire over Debian's libnats. Nothing but this file links that library.

#include <nats/nats.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "api/queue/wire.h"

namespace gobox::api {
namespace {

using std::chrono::milliseconds;

// A server that is cut off is noticed after two unanswered pings.
constexpr int kPingMs = 2000;
constexpr int kPingsOut = 2;
constexpr int kReconnectMs = 250;
constexpr int kJitterMs = 250;
constexpr int kMaxPending = 1 << 20;  // messages that wait for a handler
constexpr int kReconnectBuffer = 8 << 20;

template <auto Destroy>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Destroy(pointer);
  }
};

using Options = std::unique_ptr<natsOptions, Deleter<natsOptions_Destroy>>;
using Connection = std::unique_ptr<natsConnection, Deleter<natsConnection_Destroy>>;
using Message = std::unique_ptr<natsMsg, Deleter<natsMsg_Destroy>>;

std::string text_or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

WireHeaders headers_of(natsMsg* message) {
  WireHeaders headers;
  const char** keys = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(message, &keys, &count) != NATS_OK) return headers;
  for (int i = 0; i < count; ++i) {
    const char* value = nullptr;
    if (natsMsgHeader_Get(message, keys[i], &value) == NATS_OK) {
      headers.emplace_back(keys[i], text_or_empty(value));
    }
  }
  std::free(static_cast<void*>(keys));
  return headers;
}

WireMessage read(natsMsg* message) {
  return {text_or_empty(natsMsg_GetSubject(message)), text_or_empty(natsMsg_GetReply(message)),
          headers_of(message),
          std::string(natsMsg_GetData(message),
                      static_cast<std::size_t>(natsMsg_GetDataLength(message)))};
}

// What the library's thread calls; lives until the library says that it calls no more.
struct Listener {
  std::mutex mutex;
  Wire::Handler handler;  // empty: nobody wants it any more

  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    auto* const self = static_cast<Listener*>(closure);
    const Message owner(message);
    const std::lock_guard lock(self->mutex);
    if (self->handler) self->handler(read(message));
  }

  static void on_complete(void* closure) { delete static_cast<Listener*>(closure); }
};

class NatsSubscription final : public WireSubscription {
 public:
  NatsSubscription(natsSubscription* subscription, Listener* listener)
      : subscription_(subscription), listener_(listener) {}

  ~NatsSubscription() override {
    {
      const std::lock_guard lock(listener_->mutex);
      listener_->handler = nullptr;
    }
    natsSubscription_Unsubscribe(subscription_);
    natsSubscription_Destroy(subscription_);
  }

 private:
  natsSubscription* const subscription_;
  Listener* const listener_;
};

class NatsWire final : public Wire {
 public:
  explicit NatsWire(Connection connection) : connection_(std::move(connection)) {}

  ~NatsWire() override { natsConnection_Close(connection_.get()); }

  WireAnswer request(const std::string& subject, const WireHeaders& headers, std::string_view data,
                     milliseconds patience) override {
    natsMsg* raw = nullptr;
    const natsStatus made =
        natsMsg_Create(&raw, subject.c_str(), nullptr, data.data(), static_cast<int>(data.size()));
    if (made != NATS_OK) return {WireAnswer::Kind::kNone, {}, natsStatus_GetText(made)};
    const Message question(raw);
    for (const auto& [name, value] : headers) {
      natsMsgHeader_Set(question.get(), name.c_str(), value.c_str());
    }
    natsMsg* reply = nullptr;
    const natsStatus status =
        natsConnection_RequestMsg(&reply, connection_.get(), question.get(), patience.count());
    const Message owner(reply);
    if (status == NATS_OK) return {WireAnswer::Kind::kAnswer, read(reply), ""};
    const bool nobody = status == NATS_NO_RESPONDERS;
    return {nobody ? WireAnswer::Kind::kNobody : WireAnswer::Kind::kNone,
            {},
            natsStatus_GetText(status)};
  }

  void publish(const std::string& subject, std::string_view data) override {
    natsConnection_Publish(connection_.get(), subject.c_str(), data.data(),
                           static_cast<int>(data.size()));
  }

  Result<std::unique_ptr<WireSubscription>> subscribe(const std::string& subject,
                                                      Handler handler) override {
    auto listener = std::make_unique<Listener>();
    listener->handler = std::move(handler);
    natsSubscription* subscription = nullptr;
    const natsStatus status = natsConnection_Subscribe(
        &subscription, connection_.get(), subject.c_str(), &Listener::on_message, listener.get());
    if (status != NATS_OK) {
      return Error::host("subscribe to " + subject + ": " + natsStatus_GetText(status));
    }
    natsSubscription_SetOnCompleteCB(subscription, &Listener::on_complete, listener.get());
    natsSubscription_SetPendingLimits(subscription, kMaxPending, -1);
    return std::unique_ptr<WireSubscription>(
        std::make_unique<NatsSubscription>(subscription, listener.release()));
  }

  bool flush(milliseconds patience) override {
    return natsConnection_FlushTimeout(connection_.get(), patience.count()) == NATS_OK;
  }

  bool connected() const override {
    return natsConnection_Status(connection_.get()) == NATS_CONN_STATUS_CONNECTED;
  }

  std::uint64_t reconnects() const override {
    natsStatistics* raw = nullptr;
    if (natsStatistics_Create(&raw) != NATS_OK) return 0;
    const std::unique_ptr<natsStatistics, Deleter<natsStatistics_Destroy>> statistics(raw);
    std::uint64_t count = 0;
    if (natsConnection_GetStats(connection_.get(), raw) != NATS_OK) return 0;
    natsStatistics_GetCounts(raw, nullptr, nullptr, nullptr, nullptr, &count);
    return count;
  }

  std::size_t most_payload() const override {
    return static_cast<std::size_t>(natsConnection_GetMaxPayload(connection_.get()));
  }

 private:
  const Connection connection_;
};

std::vector<std::string> split(const std::string& urls) {
  std::vector<std::string> list;
  for (std::size_t at = 0; at <= urls.size();) {
    const std::size_t end = std::min(urls.find(',', at), urls.size());
    if (end > at) list.push_back(urls.substr(at, end - at));
    at = end + 1;
  }
  return list;
}

natsStatus set_security(natsOptions* options, const WireSettings& settings) {
  natsStatus status = NATS_OK;
  const bool files = !settings.authorities.empty() || !settings.certificate.empty();
  if (files || settings.urls.find("tls://") != std::string::npos) {
    status = natsOptions_SetSecure(options, true);
  }
  if (status == NATS_OK && !settings.authorities.empty()) {
    status = natsOptions_LoadCATrustedCertificates(options, settings.authorities.c_str());
  }
  if (status == NATS_OK && !settings.certificate.empty()) {
    status = natsOptions_LoadCertificatesChain(options, settings.certificate.c_str(),
                                               settings.key.c_str());
  }
  if (status == NATS_OK && !settings.credentials.empty()) {
    status =
        natsOptions_SetUserCredentialsFromFiles(options, settings.credentials.c_str(), nullptr);
  }
  return status;
}

natsStatus set_endurance(natsOptions* options, const std::string& name) {
  natsStatus status = natsOptions_SetName(options, name.c_str());
  if (status == NATS_OK) status = natsOptions_SetMaxReconnect(options, -1);
  if (status == NATS_OK) status = natsOptions_SetReconnectWait(options, kReconnectMs);
  if (status == NATS_OK) status = natsOptions_SetReconnectJitter(options, kJitterMs, kJitterMs);
  if (status == NATS_OK) status = natsOptions_SetReconnectBufSize(options, kReconnectBuffer);
  if (status == NATS_OK) status = natsOptions_SetPingInterval(options, kPingMs);
  if (status == NATS_OK) status = natsOptions_SetMaxPingsOut(options, kPingsOut);
  if (status == NATS_OK) status = natsOptions_SetFailRequestsOnDisconnect(options, true);
  // One thread for all handlers, not one for each subscription: there is one of those for each run.
  if (status == NATS_OK) status = natsOptions_UseGlobalMessageDelivery(options, true);
  // A publication is a system call of its own at once: what waits is latency.
  if (status == NATS_OK) status = natsOptions_SetSendAsap(options, true);
  return status;
}

Error failed(const std::string& step, natsStatus status) {
  const char* const detail = nats_GetLastError(nullptr);
  std::string text = step + ": " + natsStatus_GetText(status);
  if (detail != nullptr && *detail != '\0') text += std::string(" (") + detail + ")";
  return Error::host(std::move(text));
}

// A server that starts at the same time as we do may take a moment.
Wire* connect(natsOptions* options, const WireSettings& settings, Error& error) {
  const auto until = std::chrono::steady_clock::now() + settings.patience;
  for (;;) {
    natsConnection* raw = nullptr;
    const natsStatus status = natsConnection_Connect(&raw, options);
    if (status == NATS_OK) return new NatsWire(Connection(raw));
    error = failed("--queue: connect to NATS", status);
    const bool later = status == NATS_NO_SERVER || status == NATS_IO_ERROR ||
                       status == NATS_TIMEOUT || status == NATS_CONNECTION_CLOSED;
    if (!later || std::chrono::steady_clock::now() >= until) return nullptr;
    std::this_thread::sleep_for(milliseconds(kReconnectMs));
  }
}

}  // namespace
}  // namespace gobox::api

extern "C" __attribute__((visibility("default"))) gobox::api::Wire* gobox_open_wire(
    const gobox::api::WireSettings& settings, gobox::Error& error);

gobox::api::Wire* gobox_open_wire(const gobox::api::WireSettings& settings, gobox::Error& error) {
  using namespace gobox::api;
  natsOptions* raw = nullptr;
  if (const natsStatus status = natsOptions_Create(&raw); status != NATS_OK) {
    error = failed("--queue", status);
    return nullptr;
  }
  const gobox::api::Options options(raw);
  const std::vector<std::string> urls = split(settings.urls);
  std::vector<const char*> pointers;
  for (const std::string& url : urls) pointers.push_back(url.c_str());
  natsStatus status =
      natsOptions_SetServers(raw, pointers.data(), static_cast<int>(pointers.size()));
  if (status != NATS_OK) {
    error = failed("--queue " + settings.urls, status);
    error.kind = gobox::Error::Kind::kCaller;
    return nullptr;
  }
  status = set_security(raw, settings);
  if (status == NATS_OK) status = set_endurance(raw, settings.name);
  if (status != NATS_OK) {
    error = failed("--queue: the connection's settings", status);
    return nullptr;
  }
  return connect(raw, settings, error);
}
