// SPDX-License-Identifier: Apache-2.0

// FrontDesk, what is asked of it beside running: the state of runs, what is kept, who is there.

#include <sys/mman.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>

#include "api/queue/front_desk.h"
#include "base/file.h"
#include "base/json_text.h"

namespace gobox::api {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::size_t kMostListed = 1000;
constexpr milliseconds kAskPatience{1000};

// "results" and "alice" have the filter gobox.results.alice.*
std::string all_of(const Subjects& subjects, const char* kind, const std::string& caller) {
  return subjects.plain(std::string(kind) + "." + token_of(caller) + ".*");
}

std::string last_token(const std::string& subject) {
  return subject.substr(subject.rfind('.') + 1);
}

Error again(const std::string& message) {
  Error error = Error::host(message);
  error.errno_value = EAGAIN;
  return error;
}

void add_modules(const std::string& text, json::object& sum) {
  json::error_code failure;
  json::value document = json::parse(text, failure);
  if (failure || !document.is_object()) return;
  const Parcel part{document.get_object(), ""};
  if (!part.truth("enabled")) return;
  sum["enabled"] = true;
  const std::uint64_t bytes = Parcel{sum, ""}.number("bytes");
  const std::uint64_t limit = Parcel{sum, ""}.number("limit_bytes");
  sum["bytes"] = bytes + part.number("bytes");
  sum["limit_bytes"] = limit + part.number("limit_bytes");
  const json::value* const list = part.about.if_contains("modules");
  if (list == nullptr || !list->is_array()) return;
  json::array& all = sum["modules"].as_array();
  for (const json::value& each : list->get_array()) all.push_back(each);
}

}  // namespace

std::size_t FrontDesk::place_in_line(const Parcel& state) const {
  const auto line = consumers_.line(state.text("subject"));
  if (!line) return 0;
  const std::uint64_t before = state.number("waiting");
  const std::uint64_t gone = line->given_out - std::min(line->given_out, state.number("given_out"));
  return std::max<std::size_t>(1, before - std::min(before, gone));
}

Result<std::shared_ptr<Run>> FrontDesk::run_of_state(const std::string& id,
                                                     const std::string& caller) {
  const auto stored = TRY(queue_.stream().last_of(queue_.subjects().stream("STATE"),
                                                  queue_.subjects().state(caller, id)));
  if (!stored) return std::shared_ptr<Run>();
  const Parcel state = TRY(look_at(stored->data));
  auto run = TRY(Run::create({id, caller}, Run::Log::kEverything));
  const bool running = state.text("state") == "running";
  run->hear_state(running ? Run::State::kRunning : Run::State::kQueued, state.text("stage"));
  if (!running) run->hear_place(place_in_line(state));
  const std::uint64_t sequence = state.number("sequence");
  if (sequence == 0) return run;
  if (end_if_lost(queue_, {caller, id}, sequence, state.text("policy"))) {
    queue_.forget_state({caller, id});
    return std::shared_ptr<Run>();
  }
  return run;
}

Result<std::shared_ptr<Run>> FrontDesk::find_active(const std::string& id,
                                                    const std::string& caller) {
  // The id becomes part of a subject.
  if (id.empty() || id != token_of(id)) return std::shared_ptr<Run>();
  auto result = queue_.find_result({caller, id}, Queue::Pieces::kLeave);
  if (!result) return std::move(result).error();
  if (*result) return std::shared_ptr<Run>();
  return run_of_state(id, caller);
}

Result<std::shared_ptr<Run>> FrontDesk::follow(const std::string& id, const std::string& caller) {
  auto run = TRY(find_active(id, caller));
  if (run) TRY(followers_.follow(run));
  return run;
}

Result<std::vector<std::shared_ptr<Run>>> FrontDesk::active_of(const std::string& caller) {
  std::vector<std::shared_ptr<Run>> runs;
  const auto states = TRY(queue_.stream().subjects(queue_.subjects().stream("STATE"),
                                                   all_of(queue_.subjects(), "state", caller)));
  for (const auto& [subject, count] : states) {
    if (runs.size() == kMostListed) break;
    if (auto run = TRY(find_active(last_token(subject), caller))) runs.push_back(std::move(run));
  }
  return runs;
}

// The worker that runs it holds the pipe.
Result<Backend::Fed> FrontDesk::feed(const std::shared_ptr<Run>& run, std::string_view bytes,
                                     bool last) {
  const std::string data =
      json::serialize(json::object{{"last", last}}) + "\n" + std::string(bytes);
  // What it is more than NATS carries at once would not fit the pipe either.
  if (data.size() > queue_.wire().most_payload()) {
    return feed(run, bytes.substr(0, RunInput::kMostWaiting), false);
  }
  const WireAnswer answer =
      queue_.wire().request(queue_.subjects().of_run(run->id(), "stdin"), {}, data, kAskPatience);
  if (answer.kind == WireAnswer::Kind::kNobody) {
    const auto stored = TRY(queue_.stream().last_of(
        queue_.subjects().stream("STATE"), queue_.subjects().state(run->caller(), run->id())));
    const auto state = stored ? look_at(stored->data) : Result<Parcel>(Parcel{});
    if (state && !state->truth("stdin_open")) {
      return Error::caller("the run was not asked for with stdin_open");
    }
    return Fed{0, true};  // nobody has begun it yet
  }
  if (answer.kind == WireAnswer::Kind::kNone) return again("the worker does not answer");
  const Parcel fed = TRY(look_at(answer.message.data));
  if (const std::string refused = fed.text("refused"); !refused.empty()) {
    return Error::caller(refused);
  }
  return Fed{fed.number("taken"), fed.truth("open")};
}

Result<std::optional<Backend::Finished>> FrontDesk::find(const std::string& id,
                                                         const std::string& caller, Wanted wanted) {
  if (id.empty() || id != token_of(id)) return std::optional<Finished>();
  auto result = TRY(queue_.find_result({caller, id}, Queue::Pieces::kFetch));
  // It could not even be tried: whoever asked has been told.
  if (!result || result->about.contains("failure")) return std::optional<Finished>();
  Finished finished;
  finished.result = std::move(result->bytes);
  if (wanted == Wanted::kEverything && result->number("events") > 0) {
    finished.events = TRY(stored_events(queue_, {caller, id}));
  }
  return std::optional(std::move(finished));
}

Result<std::vector<std::string>> FrontDesk::finished_of(const std::string& caller,
                                                        std::size_t most) {
  std::vector<std::string> ids;
  const auto results = TRY(queue_.stream().subjects(queue_.subjects().stream("RESULTS"),
                                                    all_of(queue_.subjects(), "results", caller)));
  for (const auto& [subject, count] : results) {
    if (ids.size() == most) break;
    ids.push_back(last_token(subject));
  }
  return ids;
}

// Into a file without a name, which is gone when it is closed.
Result<std::optional<UniqueFd>> FrontDesk::artifact(const std::string& id,
                                                    const std::string& caller,
                                                    const std::string& name) {
  const auto result = TRY(queue_.find_result({caller, id}, Queue::Pieces::kLeave));
  if (!result) return std::optional<UniqueFd>();
  const auto stored = TRY(
      queue_.stream().last_of(queue_.subjects().stream("BLOBS"),
                              queue_.artifact_subject({caller, id}, result->text("author"), name)));
  if (!stored) return std::optional<UniqueFd>();
  const Parcel parcel = TRY(queue_.parcels().unpack(stored->data));
  UniqueFd file(::memfd_create("artifact", MFD_CLOEXEC));
  if (!file) return Error::system("memfd_create");
  TRY(write_all(file.get(), parcel.bytes));
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return Error::system("lseek");
  return std::optional(std::move(file));
}

Result<void> FrontDesk::put_snippet(const std::string&, const std::string& id,
                                    std::string_view body) {
  const Published published =
      queue_.stream().publish(queue_.subjects().plain("shared." + id), body, {});
  if (!published) return again("the queue cannot take it: " + published.why);
  return {};
}

Result<std::optional<std::string>> FrontDesk::find_snippet(const std::string& id) {
  if (id != token_of(id) && id.find_first_of(".*> ") != std::string::npos) {
    return std::optional<std::string>();
  }
  auto stored = TRY(queue_.stream().last_of(queue_.subjects().stream("SHARED"),
                                            queue_.subjects().plain("shared." + id)));
  if (!stored) return std::optional<std::string>();
  return std::optional(std::move(stored->data));
}

std::string FrontDesk::modules() {
  json::object sum{
      {"enabled", false}, {"bytes", 0}, {"limit_bytes", nullptr}, {"modules", json::array()}};
  for (const Announcement& worker : roster_.all()) {
    if (!worker.modules) continue;
    const WireAnswer answer = queue_.wire().request(
        queue_.subjects().of_worker(worker.name, "modules"), {}, "", kAskPatience);
    if (answer.kind == WireAnswer::Kind::kAnswer) add_modules(answer.message.data, sum);
  }
  return runner::json_text(sum);
}

std::string FrontDesk::workers() {
  json::array list;
  for (const Announcement& worker : roster_.all()) {
    json::object object = to_json(worker);
    object["runs"] = worker.takes_runs();
    list.push_back(std::move(object));
  }
  return runner::json_text(json::object{{"workers", std::move(list)}});
}

Result<void> FrontDesk::ready() const {
  if (!queue_.wire().connected()) return Error::host("the queue cannot be reached");
  const auto info = queue_.stream().ask("STREAM.INFO." + queue_.subjects().stream("RUNS"), {});
  if (!info) return info.error();
  if (roster_.offers().empty()) return Error::host("no worker is there that can run anything");
  return {};
}

std::vector<Gauge> FrontDesk::gauges() {
  double able = 0;
  double running = 0;
  double free = 0;
  for (const Announcement& worker : roster_.all()) {
    running += static_cast<double>(worker.running);
    if (!worker.takes_runs()) continue;
    ++able;
    free += static_cast<double>(worker.slots - std::min(worker.slots, worker.running));
  }
  double messages = 0;
  const auto info = queue_.stream().ask("STREAM.INFO." + queue_.subjects().stream("RUNS"), {});
  if (info && info->contains("state") && info->at("state").is_object()) {
    messages = static_cast<double>(Parcel{info->at("state").get_object(), ""}.number("messages"));
  }
  return {
      {"sandbox_queue_length", "Runs in the queue that no worker has",
       std::max(0.0, messages - running)},
      {"sandbox_queue_in_progress", "Runs that some worker has", running},
      {"sandbox_queue_workers", "Workers heard of that take runs", able},
      {"sandbox_queue_slots_free", "Runs that these workers could take at once", free},
      {"sandbox_runs_running", "Runs this front end waits for",
       static_cast<double>(answers_->size())},
      {"sandbox_queue_connected", "Whether NATS can be reached",
       queue_.wire().connected() ? 1.0 : 0.0},
      {"sandbox_queue_reconnects_total", "Connections to NATS made anew since the start",
       static_cast<double>(queue_.wire().reconnects())},
  };
}

}  // namespace gobox::api
