// SPDX-License-Identifier: Apache-2.0

#include "api/queue/performance.h"

#include <sys/socket.h>

#include <boost/json.hpp>
#include <cerrno>

#include "api/http/hang_up.h"
#include "api/http/problem.h"
#include "api/queue/followers.h"
#include "api/runs/not_run.h"
#include "api/runs/submission.h"
#include "base/file.h"
#include "base/json_text.h"
#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::uint64_t kMostDeliveries = 2;
constexpr milliseconds kStorePatience{60000};
constexpr milliseconds kEventPatience{3000};
constexpr std::chrono::hours kForEver{1000};
constexpr std::size_t kMostArtifact = std::size_t{256} << 20;
constexpr std::size_t kEventsAtOnce = std::size_t{128} << 10;

std::uint64_t id_of_last(const std::string& data) {
  const auto events = unpack_events(data);
  return events.empty() ? 0 : events.back().id;
}

}  // namespace

// The last member of a result is what only a worker knows of it.
std::string Performance::with_queue(std::string result) const {
  constexpr std::string_view kNone = "\"queue\":null}";
  if (!result.ends_with(kNone)) return result;
  result.resize(result.size() - kNone.size());
  return result + "\"queue\":" +
         json::serialize(
             json::object{{"worker", worker_.name}, {"deliveries", delivery_.deliveries}}) +
         "}";
}

struct Performance::Control {
  std::mutex mutex;
  bool canceled = false;
  std::shared_ptr<Run> run;
  UniqueFd caller;  // of an HTTP call: closed, the caller is gone

  void cancel() {
    const std::lock_guard lock(mutex);
    canceled = true;
    if (run) run->cancel();
    if (caller) ::shutdown(caller.get(), SHUT_RDWR);
  }

  void begin(const std::shared_ptr<Run>& begun) {
    const std::lock_guard lock(mutex);
    run = begun;
    if (canceled) run->cancel();
  }
};

std::string Performance::author() const {
  return worker_.name + "-" + std::to_string(delivery_.deliveries) + "-" +
         std::to_string(delivery_.sequence);
}

Nanoseconds Performance::queued() const {
  return Nanoseconds(std::max<std::int64_t>(0, worker_.now_ns() - delivery_.time_ns));
}

void Performance::perform() {
  auto head = look_at(delivery_.data);
  auto order = head ? read_order(*head) : Result<Order>(head.error());
  if (!order) {
    worker_.services.log.error(order.error().message);
    queue_.wire().publish(delivery_.reply, "+TERM");
    return;
  }
  order_ = std::move(*order);
  Control control;
  // Heard from before its result is looked for: a cancellation comes by one way or the other.
  const auto cancel = queue_.wire().subscribe(queue_.subjects().of_run(order_.run.id, "cancel"),
                                              [&](const WireMessage& message) {
                                                control.cancel();
                                                if (!message.reply.empty())
                                                  queue_.wire().publish(message.reply, "ok");
                                              });
  if (!cancel || is_over()) return;
  if (const auto whole = read(); !whole) {
    if (whole.error().errno_value == EAGAIN) return return_to_queue();
    return give_up(whole.error().message);
  }
  if (order_.run.kind == Queue::Kind::kAnswer && !order_.path.empty()) return answer_call(control);
  run_program(control);
}

Result<void> Performance::read() {
  parcel_ = TRY(queue_.parcels().unpack(delivery_.data));
  return {};
}

bool Performance::is_over() {
  const auto result = queue_.find_result(order_.run, Queue::Pieces::kLeave);
  if (!result) {
    return_to_queue();
    return true;
  }
  if (*result) {  // canceled, or its acknowledgement got lost
    acknowledge();
    return true;
  }
  Metrics& metrics = worker_.services.metrics;
  if (delivery_.deliveries > kMostDeliveries) {
    metrics.count_delivery("given_up");
    give_up("the worker that had it ended during each of its " + std::to_string(kMostDeliveries) +
            " attempts");
    return true;
  }
  metrics.count_delivery(delivery_.deliveries == 1 ? "first" : "second");
  return false;
}

void Performance::give_up(const std::string& why) {
  worker_.services.log.error("run given up", {{"run", order_.run.id}, {"reason", why}});
  if (!order_.path.empty()) {
    Response response = render({500, why, std::nullopt, std::nullopt});
    return store(about_response(response), response.body);
  }
  find_earlier_events();
  store({}, with_queue(runner::to_json(
                not_run(order_.run.id, order_.policy, runner::Outcome::kSandboxError, why))));
}

// What the front end took and this worker does not: their settings differ.
void Performance::refuse(const Problem& problem) {
  if (problem.status == 503) return return_to_queue();
  if (order_.durable) return give_up(problem.detail);
  store({{"failure", problem.detail}, {"callers_fault", problem.status == 422}}, "");
}

void Performance::run_program(Control& control) {
  Problem problem;
  auto submission =
      read_submission(worker_.services, order_.run.caller, {order_.type, parcel_.bytes}, problem);
  parcel_.bytes = std::string();
  if (!submission) return refuse(problem);
  submission->job.id = order_.run.id;
  submission->job.toolchain = order_.toolchain;
  submission->job.cache_scope = order_.cache_scope;
  submission->caller_most = 0;  // the queue gives out no more than that
  submission->keep = Submission::Keep::kHandedOn;
  submission->events = order_.durable;
  submission->queued_elsewhere = queued();
  const auto accepted = worker_.services.runs.submit(std::move(*submission));
  if (const auto* refused = std::get_if<Problem>(&accepted)) return refuse(*refused);
  const auto& run = std::get<std::shared_ptr<Run>>(accepted);
  control.begin(run);
  Backend& runs = worker_.services.runs;
  const auto input = queue_.wire().subscribe(
      queue_.subjects().of_run(order_.run.id, "stdin"), [&runs, run, this](const WireMessage& in) {
        const auto parcel = look_at(in.data);
        if (!parcel) return;
        const auto fed = runs.feed(run, parcel->bytes, parcel->truth("last"));
        const json::object answer = fed ? json::object{{"taken", fed->taken}, {"open", fed->open}}
                                        : json::object{{"refused", fed.error().message}};
        queue_.wire().publish(in.reply, json::serialize(answer) + "\n");
      });
  if (delivery_.deliveries > 1) find_earlier_events();
  watch(run);
  finish_run(*run);
  runs.drop_artifacts(order_.run.id);
}

void Performance::watch(const std::shared_ptr<Run>& run) {
  const auto watcher = Run::watch(run);
  for (;;) {
    const bool ended = run->state() == Run::State::kFinished;
    if (order_.durable) publish_events(*run);
    if (ended) return;
    leave_state(*run);
    // Without descriptors left it is looked at now and then.
    if (!watcher) {
      std::this_thread::sleep_for(milliseconds(20));
      continue;
    }
    wait_for_event(watcher->fd(), -1, kForEver);
    watcher->clear();
  }
}

void Performance::leave_state(const Run& run) {
  const std::string stage = run.stage();
  if (stage == last_stage_) return;
  last_stage_ = stage;
  const json::object state{{"state", "running"},      {"stage", stage},
                           {"policy", order_.policy}, {"sequence", delivery_.sequence},
                           {"worker", worker_.name},  {"stdin_open", order_.stdin_open}};
  queue_.wire().publish(queue_.subjects().state(order_.run.caller, order_.run.id),
                        json::serialize(state) + "\n");
}

void Performance::find_earlier_events() {
  const auto last =
      queue_.stream().last_of(queue_.subjects().stream("EVENTS"),
                              queue_.subjects().events(order_.run.caller, order_.run.id));
  if (!last || !*last) return;
  events_sequence_ = (*last)->sequence;
  earlier_events_ = id_of_last((*last)->data) - events_;
}

// Each message says which was the one before it: of two workers that both believe the run is
// theirs, one is refused, and leaves it to the other.
void Performance::publish_events(Run& run) {
  while (!others_) {
    auto events = run.events_after(events_, kEventsAtOnce);
    std::erase_if(events, [](const RunEvent& event) { return event.kind == "result"; });
    if (events.empty()) return;
    const std::uint64_t last = events.back().id;
    for (RunEvent& event : events) event.id += earlier_events_;
    JetStream::Publication how;
    how.message_id = order_.run.id + "/" + author() + "/" + std::to_string(last);
    how.expected = events_sequence_;
    how.patience = kEventPatience;
    const Published published = queue_.stream().publish(
        queue_.subjects().events(order_.run.caller, order_.run.id), pack_events(events), how);
    others_ = published.how == Published::How::kOtherWasFirst;
    if (!published) return;  // the next time, or with the result
    events_ = last;
    events_sequence_ = published.sequence;
  }
}

void Performance::finish_run(const Run& run) {
  if (worker_.interrupted() &&
      (!run.result() || run.result()->outcome == runner::Outcome::kCanceled)) {
    return return_to_queue();
  }
  if (run.failure()) {
    if (order_.durable) return give_up(run.failure()->message);
    return store({{"failure", run.failure()->message},
                  {"callers_fault", run.failure()->kind == Error::Kind::kCaller}},
                 "");
  }
  if (!store_artifacts(*run.result())) return return_to_queue();
  store({}, with_queue(run.json()));
}

// Before the result that names them.
bool Performance::store_artifacts(const runner::JobResult& result) const {
  for (const runner::Artifact& each : result.artifacts) {
    const auto file = worker_.services.runs.artifact(order_.run.id, order_.run.caller, each.name);
    if (!file || !*file) continue;
    const auto bytes = read_fd((*file)->get(), kMostArtifact);
    if (!bytes) continue;
    const std::string subject = queue_.artifact_subject(order_.run, author(), each.name);
    const std::string pieces = subject.substr(queue_.subjects().plain("blobs.").size());
    const auto data = queue_.parcels().pack({}, *bytes, pieces);
    if (!data || !queue_.stream().publish(subject, *data, {})) return false;
  }
  return true;
}

void Performance::answer_call(Control& control) {
  const Match match = worker_.calls.match("POST", order_.path);
  if (match.route == nullptr) return give_up("this worker does not know the call " + order_.path);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return return_to_queue();
  const UniqueFd ours(ends[0]);
  {
    const std::lock_guard lock(control.mutex);
    control.caller.reset(ends[1]);
    if (control.canceled) ::shutdown(ends[1], SHUT_RDWR);
  }
  Request request;
  request.method = "POST";
  request.path = order_.path;
  request.query = order_.query;
  request.caller = order_.run.caller;
  request.socket = ours.get();
  if (!order_.type.empty()) request.headers.emplace("Content-Type", order_.type);
  request.body = std::move(parcel_.bytes);
  Response response = match.route->handler(request);
  if (worker_.interrupted()) return return_to_queue();
  store(about_response(response), response.body);
}

void Performance::store(json::object about, std::string_view text) {
  about["events"] = earlier_events_ + events_;
  const auto written =
      queue_.write_result(order_.run, std::move(about), text, author(), kStorePatience);
  if (written.published.how == Published::How::kOtherWasFirst) {
    worker_.services.metrics.count_late_result();
    worker_.services.log.warning("a result came late", {{"run", order_.run.id}});
    return acknowledge();
  }
  if (!written.published) {
    worker_.services.log.error("a result could not be stored",
                               {{"run", order_.run.id}, {"reason", written.published.why}});
    return;
  }
  if (!order_.answer_to.empty()) queue_.wire().publish(order_.answer_to, written.data);
  acknowledge();
}

void Performance::acknowledge() {
  queue_.wire().publish(delivery_.reply, "+ACK");
  queue_.wire().publish(queue_.subjects().of_run(order_.run.id, "ended"), "");
  if (order_.run.kind == Queue::Kind::kRun) queue_.forget_state(order_.run);
}

void Performance::return_to_queue() {
  queue_.wire().publish(delivery_.reply, "-NAK");
}

}  // namespace gobox::api
