// SPDX-License-Identifier: Apache-2.0

#include "api/queue/jet_stream.h"

#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <thread>
#include <vector>

#include "base/json_fields.h"

namespace gobox::api {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr milliseconds kCallPatience{2000};
constexpr milliseconds kFetchPatience{1000};
constexpr milliseconds kPause{200};  // before a publication is tried again
// err_code of an API error (nats-server's errors.json).
constexpr std::int64_t kWrongLastSequence = 10071;
constexpr std::int64_t kStoreFailed = 10077;
constexpr std::int64_t kStreamNotFound = 10059;
constexpr std::int64_t kConsumerNotFound = 10014;

template <typename Number>
Number number_of(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Error unreachable(const std::string& why) {
  Error error = Error::host("the queue does not answer: " + why);
  error.errno_value = EAGAIN;
  return error;
}

// "2026-11-28T15:17:44.602127452Z" (RFC 3339).
std::int64_t nanoseconds_of(const std::string& text) {
  std::tm parts{};
  const char* const rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return 0;
  std::string fraction = *rest == '.' ? std::string(rest + 1) : "";
  fraction = fraction.substr(0, fraction.find_first_not_of("0123456789"));
  fraction.resize(9, '0');
  return std::int64_t{::timegm(&parts)} * 1'000'000'000 + number_of<std::int64_t>(fraction);
}

Result<json::object> read_object(const std::string& text) {
  json::error_code failure;
  json::value document = json::parse(text, failure);
  if (failure || !document.is_object()) return Error::host("the queue's answer is not JSON");
  return std::move(document.get_object());
}

Error error_of(const std::string& call, const json::object& error) {
  const json::value* const description = error.if_contains("description");
  const std::string text = description != nullptr && description->is_string()
                               ? std::string(description->get_string())
                               : "unknown error";
  Error result = Error::host(call + ": " + text);
  const auto code = static_cast<std::int64_t>(count_at(error, "err_code"));
  if (code == kStreamNotFound || code == kConsumerNotFound) result.errno_value = ENOENT;
  return result;
}

}  // namespace

// $JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.<consumer's>.<time>.<pending>; newer servers
// put a domain and an account behind ACK, and a random token at the end.
std::optional<Delivery> read_delivery(const WireMessage& message) {
  std::vector<std::string_view> tokens;
  for (std::string_view rest = message.reply;;) {
    const std::size_t dot = rest.find('.');
    tokens.push_back(rest.substr(0, dot));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (tokens.size() < 9 || tokens[0] != "$JS" || tokens[1] != "ACK") return std::nullopt;
  const std::size_t at = tokens.size() == 9 ? 4 : 6;
  if (tokens.size() < at + 5) return std::nullopt;
  Delivery delivery;
  delivery.subject = message.subject;
  delivery.reply = message.reply;
  delivery.deliveries = number_of<std::uint64_t>(tokens[at]);
  delivery.sequence = number_of<std::uint64_t>(tokens[at + 1]);
  delivery.time_ns = number_of<std::int64_t>(tokens[at + 3]);
  delivery.pending = number_of<std::uint64_t>(tokens[at + 4]);
  delivery.data = message.data;
  return delivery;
}

Published JetStream::try_to_publish(const std::string& subject, std::string_view data,
                                    const Publication& how) const {
  WireHeaders headers;
  if (!how.message_id.empty()) headers.emplace_back("Nats-Msg-Id", how.message_id);
  if (how.expected) {
    headers.emplace_back("Nats-Expected-Last-Subject-Sequence", std::to_string(*how.expected));
  }
  const WireAnswer answer =
      wire_.request(subject, headers, data, std::min(kCallPatience, how.patience));
  if (answer.kind == WireAnswer::Kind::kNobody) {
    return {Published::How::kNoStream, 0, "no stream takes " + subject};
  }
  if (answer.kind == WireAnswer::Kind::kNone) return {Published::How::kUnknown, 0, answer.why};
  const auto body = read_object(answer.message.data);
  if (!body) return {Published::How::kUnknown, 0, body.error().message};
  const json::value* const error = body->if_contains("error");
  if (error == nullptr || !error->is_object()) {
    return {Published::How::kStored, count_at(*body, "seq"), ""};
  }
  const auto code = static_cast<std::int64_t>(count_at(error->get_object(), "err_code"));
  std::string why = error_of("publish", error->get_object()).message;
  if (code == kWrongLastSequence) return {Published::How::kOtherWasFirst, 0, std::move(why)};
  if (code == kStoreFailed) return {Published::How::kFull, 0, std::move(why)};
  return {Published::How::kUnknown, 0, std::move(why)};
}

Published JetStream::publish(const std::string& subject, std::string_view data,
                             const Publication& how) const {
  const auto until = std::chrono::steady_clock::now() + how.patience;
  for (;;) {
    Published published = try_to_publish(subject, data, how);
    // A server that has just started knows its streams a moment later.
    const bool again =
        published.how == Published::How::kUnknown || published.how == Published::How::kNoStream;
    if (!again || std::chrono::steady_clock::now() + kPause >= until) return published;
    std::this_thread::sleep_for(kPause);
  }
}

Result<json::object> JetStream::ask(const std::string& call, const json::object& body) const {
  const std::string text = body.empty() ? std::string() : json::serialize(body);
  const WireAnswer answer = wire_.request("$JS.API." + call, {}, text, kCallPatience);
  if (answer.kind == WireAnswer::Kind::kNobody) {
    return Error::host("this NATS server has no JetStream; start it with -js");
  }
  if (answer.kind == WireAnswer::Kind::kNone) return unreachable(answer.why);
  json::object object = TRY(read_object(answer.message.data));
  const json::value* const error = object.if_contains("error");
  if (error != nullptr && error->is_object()) return error_of(call, error->get_object());
  return object;
}

Result<std::optional<StoredMessage>> JetStream::get(const std::string& stream,
                                                    const json::object& which) const {
  const WireAnswer answer =
      wire_.request("$JS.API.DIRECT.GET." + stream, {}, json::serialize(which), kCallPatience);
  if (answer.kind == WireAnswer::Kind::kNobody) {
    Error error = Error::host("the stream " + stream + " is missing");
    error.errno_value = ENOENT;
    return error;
  }
  if (answer.kind == WireAnswer::Kind::kNone) return unreachable(answer.why);
  const std::string status = answer.message.header("Status");
  if (status == "404") return std::optional<StoredMessage>();
  if (!status.empty()) return Error::host(stream + ": status " + status);
  StoredMessage message;
  message.sequence = number_of<std::uint64_t>(answer.message.header("Nats-Sequence"));
  message.time_ns = nanoseconds_of(answer.message.header("Nats-Time-Stamp"));
  message.data = answer.message.data;
  return std::optional(std::move(message));
}

Result<std::optional<StoredMessage>> JetStream::last_of(const std::string& stream,
                                                        const std::string& subject) const {
  return get(stream, {{"last_by_subj", subject}});
}

Result<std::optional<StoredMessage>> JetStream::at(const std::string& stream,
                                                   std::uint64_t sequence) const {
  return get(stream, {{"seq", sequence}});
}

Result<std::optional<StoredMessage>> JetStream::next_of(const std::string& stream,
                                                        const std::string& subject,
                                                        std::uint64_t sequence) const {
  return get(stream, {{"seq", sequence}, {"next_by_subj", subject}});
}

Result<std::map<std::string, std::uint64_t>> JetStream::subjects(const std::string& stream,
                                                                 const std::string& filter) const {
  const json::object info = TRY(ask("STREAM.INFO." + stream, {{"subjects_filter", filter}}));
  std::map<std::string, std::uint64_t> found;
  const json::value* const state = info.if_contains("state");
  if (state == nullptr || !state->is_object()) return found;
  const json::value* const list = state->get_object().if_contains("subjects");
  if (list == nullptr || !list->is_object()) return found;
  for (const auto& [subject, count] : list->get_object()) {
    found[std::string(subject)] = count.is_number() ? count.to_number<std::uint64_t>() : 1;
  }
  return found;
}

Result<void> JetStream::purge(const std::string& stream, const std::string& subject) const {
  TRY(ask("STREAM.PURGE." + stream, {{"filter", subject}}));
  return {};
}

Result<std::optional<Delivery>> JetStream::fetch(const std::string& stream,
                                                 const std::string& consumer) const {
  const WireAnswer answer = wire_.request("$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer,
                                          {}, R"({"batch":1,"no_wait":true})", kFetchPatience);
  if (answer.kind != WireAnswer::Kind::kAnswer) return unreachable(answer.why);
  auto delivery = read_delivery(answer.message);
  if (delivery) return delivery;
  const std::string status = answer.message.header("Status");
  // 404: no messages; 408: not in time; 409: as many are out as may be.
  if (status == "404" || status == "408" || status == "409") return std::optional<Delivery>();
  return Error::host("the queue's answer is not a message: status " + status);
}

}  // namespace gobox::api
