// SPDX-License-Identifier: Apache-2.0

#include "api/queue/front_desk.h"

#include <boost/json.hpp>
#include <cerrno>

#include "api/http/multipart.h"
#include "api/runs/not_run.h"
#include "runner/golang/go_source.h"
#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::size_t kMostRung = 3;  // workers that one ring may be passed on between
constexpr unsigned kRetry = 5;        // seconds
constexpr milliseconds kCancelPatience{1000};

std::uint64_t megabytes_of(std::uint64_t bytes) {
  return (bytes + (std::uint64_t{1} << 20) - 1) >> 20;
}

// Whether it needs packages that a module proxy has to bring, as far as its files tell.
bool may_fetch(const runner::Job& job) {
  if (job.modules == runner::ModuleMode::kFetch) return true;
  if (job.modules != runner::ModuleMode::kAuto) return false;
  for (const runner::SourceFile& file : job.workspace.files) {
    if (file.path == "go.mod" && file.bytes.view().find("require") != std::string_view::npos) {
      return true;
    }
    if (!file.path.ends_with(".go")) continue;
    for (const std::string& import : runner::scan_go_file(file.bytes.view()).imports) {
      if (import.substr(0, import.find('/')).find('.') != std::string::npos) return true;
    }
  }
  return false;
}

std::uint64_t source_of(const runner::Job& job) {
  std::uint64_t hash = fingerprint(job.toolchain);
  for (const runner::SourceFile& file : job.workspace.files) {
    hash = fingerprint(file.bytes.view(), fingerprint(file.path, hash));
  }
  return hash;
}

}  // namespace

Result<std::unique_ptr<FrontDesk>> FrontDesk::open(const Queue& queue, const Options& options,
                                                   Metrics& metrics, Log& log) {
  std::unique_ptr<FrontDesk> desk(new FrontDesk(queue, options, metrics, log));
  FrontDesk* const self = desk.get();
  desk->answers_ = TRY(Answers::start(queue, runner::new_job_id()));
  desk->announcements_ = TRY(queue.wire().subscribe(
      queue.subjects().plain("workers.*"),
      [self](const WireMessage& message) { self->roster_.hear(message.data); }));
  // Those that are there answer at once.
  queue.wire().publish(queue.subjects().plain("hello"), "");
  return desk;
}

FrontDesk::~FrontDesk() = default;

Problem FrontDesk::refuse(int status, const char* reason, std::string detail,
                          std::optional<unsigned> retry_after) {
  metrics_.count_refusal(reason);
  return {status, std::move(detail), std::nullopt, retry_after};
}

FrontDesk::Place FrontDesk::place_of(const Submission& submission) {
  const runner::Job& job = submission.job;
  Place place;
  place.order.run = {
      submission.caller, job.id,
      submission.keep == Submission::Keep::kHandedOn ? Queue::Kind::kAnswer : Queue::Kind::kRun};
  place.order.durable = submission.keep == Submission::Keep::kDurably;
  if (!place.order.durable) place.order.answer_to = answers_->subject();
  if (const auto toolchain = runner::find_toolchain(toolchains(), job.toolchain)) {
    place.order.toolchain = toolchain->name;
  }
  place.order.cache_scope = job.cache_scope;
  place.order.policy = job.policy_name;
  place.order.stdin_open = job.stdin_open;
  if (is_multipart(submission.request)) place.order.type = submission.request;
  place.need = {place.order.toolchain, job.policy_name};
  place.need.race = job.go.race;
  place.need.modules = roster_.anybody_has_modules() && may_fetch(job);
  place.need.megabytes = megabytes_of(submission.memory_bytes);
  place.caller_most = submission.caller_most;
  place.source = source_of(job);
  return place;
}

std::optional<Problem> FrontDesk::refusal(const Need& need) {
  if (draining_) return refuse(503, "draining", "the server is shutting down", kRetry);
  if (roster_.anybody_can(need)) return std::nullopt;
  const std::uint64_t most = roster_.most_memory();
  if (most > 0 && need.memory_bytes() > most) {
    return Problem{
        422,
        "the memory limits are larger than the memory budget of any worker, " + format_size(most),
        "/limits", std::nullopt};
  }
  return refuse(503, "nobody", "no worker is there that can run this", kRetry);
}

std::optional<Problem> FrontDesk::put(const Place& place, std::string_view body,
                                      std::uint64_t& sequence) {
  const std::string subject = queue_.subjects().runs(place.need, place.order.run.caller);
  const auto unreachable = [&](const std::string& why) {
    return refuse(503, "no_queue", "the queue cannot take it: " + why, kRetry);
  };
  if (const auto made = consumers_.ensure(subject, place.caller_most); !made) {
    return unreachable(made.error().message);
  }
  const std::string name = token_of(place.order.run.caller) + "." + place.order.run.id + ".order";
  const auto data = queue_.parcels().pack(to_json(place.order), body, name);
  if (!data) return unreachable(data.error().message);
  JetStream::Publication how;
  how.message_id = place.order.run.id;
  const Published published = queue_.stream().publish(subject, *data, how);
  if (published.how == Published::How::kFull) {
    return refuse(429, "queue_full", "the queue is full", kRetry);
  }
  if (!published) {
    consumers_.forget(subject);
    return unreachable(published.why);
  }
  sequence = published.sequence;
  ring(place, subject);
  return std::nullopt;
}

// A worker that has a place free takes it at once, and does not have to look first.
void FrontDesk::ring(const Place& place, const std::string& subject) const {
  auto workers = roster_.choose(place.need, place.source, kMostRung);
  if (workers.empty()) return;
  const std::string first = workers.front();
  const json::array rest(workers.begin() + 1, workers.end());
  queue_.wire().publish(queue_.subjects().of_worker(first, "bell"),
                        json::serialize(json::object{{"subject", subject}, {"next", rest}}));
}

std::optional<Problem> FrontDesk::enqueue(const Place& place, std::string_view body,
                                          Answers::Deliver deliver) {
  if (auto refused = refusal(place.need)) return refused;
  const std::string& id = place.order.run.id;
  if (deliver) answers_->expect(place.order.run, std::move(deliver));
  std::uint64_t sequence = 0;
  auto refused = put(place, body, sequence);
  if (refused) {
    answers_->forget(id);
  } else {
    answers_->placed(id, sequence);
  }
  return refused;
}

FrontDesk::Accepted FrontDesk::submit(Submission submission) {
  const Place place = place_of(submission);
  const bool durable = place.order.durable;
  const std::string_view body =
      place.order.type.empty() ? std::string_view(submission.request) : submission.upload.bytes;
  auto made = Run::create({place.order.run.id, submission.caller}, Run::Log::kEverything);
  if (!made) return Problem{500, made.error().message, std::nullopt, std::nullopt};
  const std::shared_ptr<Run> run = *made;
  Answers::Deliver deliver;
  if (!durable) {
    deliver = [run](Parcel result) {
      const json::value* const failure = result.about.if_contains("failure");
      if (failure == nullptr) return run->hear_result(std::move(result.bytes));
      const bool callers = result.truth("callers_fault");
      run->fail(callers ? Error::caller(result.text("failure"))
                        : Error::host(result.text("failure")));
    };
  }
  std::uint64_t sequence = 0;
  if (!durable) {
    if (auto refused = enqueue(place, body, std::move(deliver))) return *refused;
    return run;
  }
  if (auto refused = refusal(place.need)) return *refused;
  if (auto refused = put(place, body, sequence)) return *refused;
  if (auto refused = leave_state(place, sequence, *run)) return *refused;
  return run;
}

// What any front end answers until a worker says more. A worker that has begun already has left a
// later state, which stays.
std::optional<Problem> FrontDesk::leave_state(const Place& place, std::uint64_t sequence,
                                              Run& run) {
  const Queue::Whose& whose = place.order.run;
  const std::string subject = queue_.subjects().runs(place.need, whose.caller);
  const auto line = consumers_.line(subject);
  json::object about{{"state", "queued"},
                     {"stage", ""},
                     {"policy", place.order.policy},
                     {"sequence", sequence},
                     {"subject", subject},
                     {"waiting", line ? line->waiting : 0},
                     {"given_out", line ? line->given_out : 0},
                     {"stdin_open", place.order.stdin_open}};
  JetStream::Publication how;
  how.message_id = whose.id;
  how.expected = 0;
  const Published published = queue_.stream().publish(
      queue_.subjects().state(whose.caller, whose.id), json::serialize(about) + "\n", how);
  run.hear_place(line ? std::max<std::size_t>(1, line->waiting) : 0);
  if (published || published.how == Published::How::kOtherWasFirst) return std::nullopt;
  return refuse(503, "no_queue", "the queue cannot take it: " + published.why, kRetry);
}

Response FrontDesk::forward(const Request& request, unsigned caller_most,
                            const std::string& cache_scope, std::uint64_t memory_bytes) {
  Place place;
  place.order.run = {request.caller, runner::new_job_id(), Queue::Kind::kAnswer};
  place.order.answer_to = answers_->subject();
  place.order.cache_scope = cache_scope;
  place.order.policy = options_.playground_policy;
  place.order.path = request.path;
  place.order.type = request.header("Content-Type");
  place.order.query = request.query;
  const auto offers = roster_.offers();
  place.order.toolchain = offers.empty() ? "" : offers.front().toolchain.name;
  place.need = {place.order.toolchain, options_.playground_policy};
  place.need.playground = true;
  place.need.fake_clock = options_.fake_clock;
  place.need.megabytes = megabytes_of(memory_bytes);
  place.caller_most = caller_most;
  place.source = fingerprint(request.body);
  auto made = Run::create({place.order.run.id, request.caller}, Run::Log::kResultOnly);
  if (!made) return render({500, made.error().message, std::nullopt, std::nullopt});
  const std::shared_ptr<Run> run = *made;
  const auto answer = std::make_shared<Parcel>();
  const auto refused = enqueue(place, request.body, [run, answer](Parcel result) {
    *answer = std::move(result);
    run->hear_result("");
  });
  if (refused) return render(*refused);
  const auto waited = wait_for_end(run, request.socket);
  if (waited && *waited == Waited::kEnded) {
    if (run->failure()) return render({503, run->failure()->message, std::nullopt, kRetry});
    return read_response(std::move(*answer));
  }
  answers_->forget(place.order.run.id);
  cancel_order(place.order.run);
  if (!waited) return render({500, waited.error().message, std::nullopt, std::nullopt});
  return render({503, "the caller is gone", std::nullopt, std::nullopt});
}

void FrontDesk::cancel(const std::shared_ptr<Run>& run) {
  answers_->forget(run->id());
  cancel_order({run->caller(), run->id(), Queue::Kind::kRun});
}

// Whoever runs it is asked to end it. Where nobody does, its result is that it was canceled, and
// the worker that takes it finds that.
void FrontDesk::cancel_order(const Queue::Whose& whose) {
  const std::string subject = queue_.subjects().of_run(whose.id, "cancel");
  const WireAnswer answer = queue_.wire().request(subject, {}, "", kCancelPatience);
  if (answer.kind != WireAnswer::Kind::kNobody) return;
  const auto state = queue_.stream().last_of(queue_.subjects().stream("STATE"),
                                             queue_.subjects().state(whose.caller, whose.id));
  const auto known = state && *state ? look_at((*state)->data) : Result<Parcel>(Parcel{});
  const std::string text = runner::to_json(not_run(whose.id, known ? known->text("policy") : "",
                                                   runner::Outcome::kCanceled, kCanceledInQueue));
  const auto written = queue_.write_result(whose, {}, text, "canceled", milliseconds(2000));
  // It may have begun in between: then it hears of this now.
  queue_.wire().publish(subject, "");
  if (written.published) queue_.forget_state(whose);
}

void FrontDesk::drain(std::chrono::steady_clock::time_point until) {
  draining_ = true;
  while (answers_->size() > 0 && !hurried_ && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  const auto left = answers_->take_all();
  if (left.empty()) return;
  log_.warning("ending with callers that still wait",
               {{"runs", static_cast<std::int64_t>(left.size())}});
  for (const auto& [whose, deliver] : left) {
    cancel_order(whose);
    Parcel parcel;
    Response response = render({503, "the server is shutting down", std::nullopt, kRetry});
    parcel.about = about_response(response);
    parcel.about["failure"] = "the server is shutting down";
    parcel.bytes = std::move(response.body);
    deliver(std::move(parcel));
  }
}

}  // namespace gobox::api
