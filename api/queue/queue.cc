// SPDX-License-Identifier: Apache-2.0

#include "api/queue/queue.h"

#include "api/queue/streams.h"
#include "base/sha256.h"

namespace gobox::api {

WireSettings wire_settings(const QueueOptions& options, const std::string& name) {
  WireSettings settings;
  settings.urls = options.urls;
  settings.credentials = options.credentials;
  settings.authorities = options.authorities;
  settings.certificate = options.certificate;
  settings.key = options.key;
  settings.name = name;
  return settings;
}

Result<std::unique_ptr<Queue>> Queue::open(const QueueOptions& options, const std::string& name) {
  Subjects subjects = TRY(Subjects::make(options.prefix));
  auto wire = TRY(open_wire(wire_settings(options, name)));
  auto queue = std::make_unique<Queue>(std::move(wire), std::move(subjects));
  TRY(Streams(queue->stream_, queue->subjects_).check());
  return queue;
}

// A filter for a caller's runs has one token more, and does not see answers.
std::string Queue::result_subject(const Whose& run) const {
  const std::string subject = subjects_.result(run.caller, run.id);
  return run.kind == Kind::kRun ? subject : subject + ".answer";
}

Result<std::optional<Parcel>> Queue::find_result(const Whose& run, Pieces pieces) const {
  const auto stored = TRY(stream_.last_of(subjects_.stream("RESULTS"), result_subject(run)));
  if (!stored) return std::optional<Parcel>();
  return std::optional(
      TRY(pieces == Pieces::kFetch ? parcels_.unpack(stored->data) : look_at(stored->data)));
}

Queue::Written Queue::write_result(const Whose& run, boost::json::object about,
                                   std::string_view text, const std::string& author,
                                   std::chrono::milliseconds patience) const {
  about["id"] = run.id;
  about["author"] = author;
  Written written;
  auto packed = parcels_.pack(std::move(about), text,
                              token_of(run.caller) + "." + run.id + "." + token_of(author));
  if (!packed) {
    written.published.why = packed.error().message;
    return written;
  }
  JetStream::Publication how;
  how.message_id = run.id + "/" + author;
  how.expected = 0;
  how.patience = patience;
  written.published = stream_.publish(result_subject(run), *packed, how);
  written.data = std::move(*packed);
  return written;
}

std::string Queue::artifact_subject(const Whose& run, const std::string& author,
                                    const std::string& name) const {
  return subjects_.plain("blobs." + token_of(run.caller) + "." + run.id + "." + token_of(author) +
                         ".artifact." + hex(sha256(name)).substr(0, 32));
}

// Nobody waits for it: a state that stays is not asked for once there is a result, and ages.
void Queue::forget_state(const Whose& run) const {
  wire_->publish("$JS.API.STREAM.PURGE." + subjects_.stream("STATE"),
                 "{\"filter\":\"" + subjects_.state(run.caller, run.id) + "\"}");
}

}  // namespace gobox::api
