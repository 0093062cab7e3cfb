// SPDX-License-Identifier: Apache-2.0

#include "api/queue/consumers.h"

#include <boost/json.hpp>
#include <cerrno>

#include "base/json_fields.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t kSecond = 1'000'000'000;
// A worker says every three seconds that it is still at it; two of those may be lost.
constexpr std::int64_t kAckWait = 9 * kSecond;
constexpr std::int64_t kInactive = 3600 * kSecond;
constexpr std::int64_t kAnyNumber = 1'000'000;
constexpr std::chrono::minutes kStands{5};  // that it is there
constexpr std::size_t kMostKnown = 100'000;

}  // namespace

bool Consumers::is_known(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(subject);
  return found != known_.end() && found->second > Clock::now();
}

void Consumers::know(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMostKnown) known_.clear();
  known_[subject] = Clock::now() + kStands;
}

void Consumers::forget(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  known_.erase(subject);
}

Result<void> Consumers::make(const std::string& subject, unsigned most) const {
  const std::string stream = queue_.subjects().stream("RUNS");
  const std::string name = queue_.subjects().consumer(subject);
  const json::object configuration{
      {"durable_name", name},
      {"filter_subject", subject},
      {"deliver_policy", "all"},
      {"replay_policy", "instant"},
      {"ack_policy", "explicit"},
      {"ack_wait", kAckWait},
      {"max_deliver", -1},  // a worker gives up, with a result; the stream never does
      {"max_ack_pending", most == 0 ? kAnyNumber : std::int64_t{most}},
      {"inactive_threshold", kInactive}};
  TRY(queue_.stream().ask("CONSUMER.DURABLE.CREATE." + stream + "." + name,
                          {{"stream_name", stream}, {"config", configuration}}));
  return {};
}

Result<void> Consumers::ensure(const std::string& subject, unsigned most) {
  if (is_known(subject)) return {};
  TRY(make(subject, most));
  know(subject);
  return {};
}

Result<void> Consumers::ensure_any(const std::string& subject) {
  if (is_known(subject)) return {};
  const auto info = queue_.stream().ask("CONSUMER.INFO." + queue_.subjects().stream("RUNS") + "." +
                                            queue_.subjects().consumer(subject),
                                        {});
  if (!info && info.error().errno_value != ENOENT) return info.error();
  if (!info) TRY(make(subject, 0));
  know(subject);
  return {};
}

void Consumers::sweep(const std::string& subject) const {
  const std::string stream = queue_.subjects().stream("RUNS");
  const auto info = queue_.stream().ask(
      "CONSUMER.INFO." + stream + "." + queue_.subjects().consumer(subject), {});
  if (!info || count_at(*info, "num_pending") > 0 || count_at(*info, "num_ack_pending") > 0) {
    return;
  }
  const json::value* const floor = info->if_contains("ack_floor");
  if (floor == nullptr || !floor->is_object()) return;
  const std::uint64_t sequence = count_at(floor->get_object(), "stream_seq");
  if (sequence == 0) return;
  // Only up to there: what came since is nobody's to remove.
  const auto swept =
      queue_.stream().ask("STREAM.PURGE." + stream, {{"filter", subject}, {"seq", sequence + 1}});
  static_cast<void>(swept.has_value());
}

Result<Consumers::Line> Consumers::line(const std::string& subject) const {
  const auto info = TRY(queue_.stream().ask("CONSUMER.INFO." + queue_.subjects().stream("RUNS") +
                                                "." + queue_.subjects().consumer(subject),
                                            {}));
  Line line;
  line.waiting = count_at(info, "num_pending");
  const json::value* const delivered = info.if_contains("delivered");
  if (delivered != nullptr && delivered->is_object()) {
    line.given_out = count_at(delivered->get_object(), "consumer_seq");
  }
  return line;
}

}  // namespace gobox::api
