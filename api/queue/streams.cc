// SPDX-License-Identifier: Apache-2.0

#include "api/queue/streams.h"

#include <boost/json.hpp>
#include <cerrno>

#include "base/json_fields.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

constexpr const char* kNames[] = {"RUNS", "RESULTS", "EVENTS", "STATE", "SHARED", "BLOBS"};
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDuplicates = 120 * kSecondNs;  // how long a message id is remembered
constexpr std::int64_t kYear = 365 * 24 * 3600 * kSecondNs;

// Kept until it is old or too much, the last of each subject.
json::object kept(const std::string& name, const std::string& subject, const StreamBounds& bounds,
                  std::uint64_t hundredths) {
  return {{"name", name},
          {"subjects", json::array{subject}},
          {"retention", "limits"},
          {"storage", "file"},
          {"discard", "old"},
          {"max_age", bounds.age.count() * kSecondNs},
          {"max_bytes", bounds.bytes / 100 * hundredths},
          {"max_msgs", -1},
          {"max_msgs_per_subject", 1},
          {"max_consumers", -1},
          {"max_msg_size", -1},
          {"num_replicas", bounds.replicas},
          {"duplicate_window", std::min(kDuplicates, bounds.age.count() * kSecondNs)},
          {"allow_direct", true}};
}

std::vector<json::object> configurations(const Subjects& subjects, const StreamBounds& bounds) {
  const auto of = [&](const char* name, const char* rest, std::uint64_t hundredths) {
    return kept(subjects.stream(name), subjects.plain(rest), bounds, hundredths);
  };
  // A run that has no place is refused, never another one pushed out.
  json::object runs = of("RUNS", "runs.>", 10);
  runs["retention"] = "workqueue";
  runs["discard"] = "new";
  runs["discard_new_per_subject"] = true;
  runs["max_msgs"] = bounds.runs;
  runs["max_msgs_per_subject"] = bounds.runs_of_one;
  json::object events = of("EVENTS", "events.>", 15);
  events["max_msgs_per_subject"] = -1;
  json::object shared = of("SHARED", "shared.>", 5);
  shared["max_age"] = kYear;
  return {std::move(runs),   of("RESULTS", "results.>", 30),
          std::move(events), of("STATE", "state.>", 5),
          std::move(shared), of("BLOBS", "blobs.>", 35)};
}

}  // namespace

Result<void> Streams::init(const StreamBounds& bounds) const {
  for (const json::object& configuration : configurations(subjects_, bounds)) {
    const std::string name(configuration.at("name").get_string());
    const auto there = stream_.ask("STREAM.INFO." + name, {});
    if (!there && there.error().errno_value != ENOENT) return there.error();
    auto done = stream_.ask((there ? "STREAM.UPDATE." : "STREAM.CREATE.") + name, configuration);
    if (!done) return std::move(done).error().within(name);
  }
  return {};
}

Result<std::vector<StreamState>> Streams::state() const {
  std::vector<StreamState> states;
  for (const char* each : kNames) {
    StreamState state;
    state.name = subjects_.stream(each);
    const auto info = stream_.ask("STREAM.INFO." + state.name, {});
    if (!info && info.error().errno_value != ENOENT) return info.error();
    state.missing = !info;
    if (info) {
      const json::object& now = info->at("state").as_object();
      state.messages = count_at(now, "messages");
      state.bytes = count_at(now, "bytes");
      state.consumers = count_at(now, "consumer_count");
      state.most_bytes = count_at(info->at("config").as_object(), "max_bytes");
    }
    states.push_back(std::move(state));
  }
  return states;
}

Result<void> Streams::check() const {
  for (const StreamState& state : TRY(this->state())) {
    if (!state.missing) continue;
    return Error::host(
        "the stream " + state.name +
        " is missing; make it with: sandbox-api queue init --queue URL" +
        (subjects_.prefix() == "gobox" ? "" : " --queue-prefix " + subjects_.prefix()));
  }
  return {};
}

}  // namespace gobox::api
