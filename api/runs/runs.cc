// SPDX-License-Identifier: Apache-2.0

#include "api/runs/runs.h"

#include <boost/json.hpp>
#include <cerrno>

#include "api/runs/omission.h"
#include "api/runs/submission.h"
#include "base/json_text.h"
#include "base/utf8.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostListed = 1000;  // finished runs in one answer

const char* name_of(Run::State state) {
  switch (state) {
    case Run::State::kQueued:
      return "queued";
    case Run::State::kRunning:
      return "running";
    case Run::State::kFinished:
      break;
  }
  return "finished";
}

Response result_of(std::string json) {
  Response response;
  response.body = std::move(json) + "\n";
  return response;
}

json::value callback_json(const Services& services, const std::string& id,
                          const std::string& caller) {
  const auto state = services.runs.callback_of(id, caller);
  if (!state || !*state) return nullptr;
  const CallbackState& is = **state;
  return json::object{
      {"url", is.url},
      {"state", name_of(is.kind)},
      {"attempts", is.attempts},
      {"status", is.status == 0 ? json::value(nullptr) : json::value(is.status)},
      {"message", is.message.empty() ? json::value(nullptr) : json::value(is.message)}};
}

json::object description_of(const Services& services, const Run& run) {
  const Run::State state = run.state();
  json::object object{{"id", run.id()}, {"state", name_of(state)}};
  if (state == Run::State::kQueued) {
    object["position"] = services.runs.position(run);
  }
  if (state == Run::State::kRunning) object["stage"] = run.stage();
  if (auto callback = callback_json(services, run.id(), run.caller()); !callback.is_null()) {
    object["callback"] = std::move(callback);
  }
  return object;
}

// The member of a result that changes when the result does not.
std::string with_callback(const Services& services, const std::string& id,
                          const std::string& caller, std::string result) {
  constexpr std::string_view kNone = "\"callback\":null,\"queue\":";
  const auto state = callback_json(services, id, caller);
  const std::size_t at = state.is_null() ? std::string::npos : result.rfind(kNone);
  if (at == std::string::npos) return result;
  return result.replace(at, kNone.size(),
                        "\"callback\":" + runner::json_text(state) + ",\"queue\":");
}

Response state_of(const Services& services, const Run& run, int status) {
  Response response;
  response.status = status;
  response.body = runner::json_text(description_of(services, run)) + "\n";
  response.headers.emplace_back("Location", "/v1/runs/" + run.id());
  return response;
}

// True where ?wait is absent.
Result<bool> wants_to_wait(const Request& request, Problem& problem) {
  const auto wait = request.query_value("wait");
  if (!wait || *wait == "true") return true;
  if (*wait == "false") return false;
  problem = {422, "the query parameter wait must be true or false", "/wait", {}};
  return Error::caller(problem.detail);
}

Result<Submission> read_request(const Services& services, const Request& request,
                                Problem& problem) {
  const bool wait = TRY(wants_to_wait(request, problem));
  const std::string type = request.header("Content-Type");
  const RunBody body{type, request.is_upload ? request.upload.bytes : request.body};
  Submission submission = TRY(read_submission(services, request.caller, body, problem));
  if (wait && submission.job.stdin_open) {
    problem = {422,
               "a run whose input stays open is fed by its id: ask for it with ?wait=false",
               "/stdin_open",
               {}};
    return Error::caller(problem.detail);
  }
  submission.keep = wait ? Submission::Keep::kResult : Submission::Keep::kDurably;
  submission.request = request.is_upload ? type : request.body;
  submission.upload = request.upload;
  return submission;
}

Response answer_waiting(const Services& services, Submission submission, int socket) {
  const auto accepted = services.runs.run_and_wait(std::move(submission), socket);
  if (const auto* problem = std::get_if<Problem>(&accepted)) return render(*problem);
  const auto& run = std::get<std::shared_ptr<Run>>(accepted);
  if (!run) return render({503, "the caller is gone", std::nullopt, std::nullopt});
  if (run->failure()) {
    const bool callers = run->failure()->kind == Error::Kind::kCaller;
    return render({callers ? 422 : 500, run->failure()->message,
                   callers ? std::optional<std::string>("") : std::nullopt, std::nullopt});
  }
  return result_of(with_callback(services, run->id(), run->caller(), run->json()));
}

Response post(const Services& services, const Request& request) {
  Problem problem;
  auto submission = read_request(services, request, problem);
  if (!submission) return render(problem);
  if (submission->keep == Submission::Keep::kResult) {
    return answer_waiting(services, std::move(*submission), request.socket);
  }
  const auto accepted = services.runs.submit(std::move(*submission));
  if (const auto* refused = std::get_if<Problem>(&accepted)) return render(*refused);
  return state_of(services, *std::get<std::shared_ptr<Run>>(accepted), 202);
}

Response get(const Services& services, const Request& request) {
  const std::string& id = request.parameter;
  const auto omitted = read_omitted(request);
  if (!omitted) return render({422, omitted.error().message, "/omit", std::nullopt});
  const auto active = services.runs.find_active(id, request.caller);
  if (!active) return unknown(active.error());
  if (const auto& run = *active) {
    const bool finished = run->state() == Run::State::kFinished && !run->failure();
    if (!finished) return state_of(services, *run, 200);
    return result_of(with_callback(services, id, request.caller, without(run->json(), *omitted)));
  }
  auto stored = services.runs.find(id, request.caller, Backend::Wanted::kResult);
  if (!stored) return unknown(stored.error());
  if (!*stored) return no_such_run(id);
  return result_of(
      with_callback(services, id, request.caller, without(std::move((*stored)->result), *omitted)));
}

Response remove(const Services& services, const Request& request) {
  const auto active = services.runs.find_active(request.parameter, request.caller);
  if (!active) return unknown(active.error());
  const auto& run = *active;
  if (!run || run->state() == Run::State::kFinished) return get(services, request);
  services.runs.cancel(run);
  return state_of(services, *run, 202);
}

// The caller's own runs, the newest last. Finished ones are those whose results are still kept.
Response list(const Services& services, const Request& request) {
  // Who shares an address is not the same person: an id is all that protects a stranger's run.
  if (Visitors::is_visitor(request.caller)) {
    return render({403, "without a token there is no list of runs", std::nullopt, std::nullopt});
  }
  const std::string wanted = request.query_value("state").value_or("");
  const std::set<std::string> states{"", "queued", "running", "finished"};
  if (!states.contains(wanted)) {
    return render({422, "the query parameter state must be queued, running or finished", "/state",
                   std::nullopt});
  }
  json::array runs;
  if (wanted.empty() || wanted == "finished") {
    const auto finished = services.runs.finished_of(request.caller, kMostListed);
    if (!finished) return unknown(finished.error());
    for (const std::string& id : *finished) runs.push_back({{"id", id}, {"state", "finished"}});
  }
  const auto active = services.runs.active_of(request.caller);
  if (!active) return unknown(active.error());
  for (const auto& run : *active) {
    const Run::State state = run->state();
    if (state == Run::State::kFinished) continue;
    if (wanted.empty() || wanted == name_of(state)) runs.push_back(description_of(services, *run));
  }
  return result_of(runner::json_text(json::object{{"runs", std::move(runs)}}));
}

Response feed(const Services& services, const Request& request) {
  const auto active = services.runs.find_active(request.parameter, request.caller);
  if (!active) return unknown(active.error());
  if (!*active) return no_such_run(request.parameter);
  const bool last = request.query_value("eof").value_or("false") == "true";
  const auto fed = services.runs.feed(*active, request.body, last);
  if (!fed && fed.error().kind == Error::Kind::kHost) return unknown(fed.error());
  if (!fed) return render({409, fed.error().message, std::nullopt, std::nullopt});
  Response response;
  response.body =
      runner::json_text(json::object{{"accepted_bytes", fed->taken}, {"open", fed->open}}) + "\n";
  return response;
}

}  // namespace

Response unknown(const Error& error) {
  if (error.errno_value == EAGAIN) return render({503, error.message, std::nullopt, 5});
  return render({500, error.message, std::nullopt, std::nullopt});
}

Response no_such_run(const std::string& id) {
  return render({404,
                 "there is no run " + std::string(cut_utf8(id, 64)) + ", or its result has expired",
                 std::nullopt, std::nullopt});
}

void add_runs(Router& router, const Services& services) {
  router.add({.method = "POST",
              .pattern = "/v1/runs",
              .handler = [&](const Request& request) { return post(services, request); },
              .uploads = true});
  router.add(
      {"GET", "/v1/runs/{}", [&](const Request& request) { return get(services, request); }});
  router.add({"POST", "/v1/runs/{}/stdin",
              [&](const Request& request) { return feed(services, request); }});
  router.add({"GET", "/v1/runs", [&](const Request& request) { return list(services, request); }});
  router.add(
      {"DELETE", "/v1/runs/{}", [&](const Request& request) { return remove(services, request); }});
}

}  // namespace gobox::api
