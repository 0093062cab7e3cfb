#include "api/runs/runs.h"

#include <boost/json.hpp>

#include "api/runs/run_request.h"
#include "base/json_text.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

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

Response state_of(const Services& services, const Run& run, int status) {
  const Run::State state = run.state();
  json::object object{{"id", run.id()}, {"state", name_of(state)}};
  if (state == Run::State::kQueued) {
    object["position"] = services.runs.admission().position(run.id());
  }
  if (state == Run::State::kRunning) object["stage"] = run.stage();
  Response response;
  response.status = status;
  response.body = runner::json_text(object) + "\n";
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

Result<Submission> read_submission(const Services& services, const Request& request,
                                   Problem& problem) {
  const bool wait = TRY(wants_to_wait(request, problem));
  const Caller* caller = services.tokens.by_name(request.caller);
  RequestRules rules{services.policies,
                     services.runner.toolchains(),
                     cache_scope_of(services, request.caller),
                     {}};
  if (caller != nullptr && !caller->policies.empty()) {
    rules.may_use = [caller](const std::string& policy) {
      const auto& granted = caller->policies;
      return std::find(granted.begin(), granted.end(), policy) != granted.end();
    };
  }
  Submission submission;
  submission.job = TRY(read_run_request(request.body, rules, problem));
  submission.caller = request.caller;
  submission.caller_most = caller != nullptr ? caller->concurrency : 0;
  submission.memory_bytes = memory_needed(submission.job);
  submission.keep = wait ? Submission::Keep::kResult : Submission::Keep::kDurably;
  if (!wait) submission.request = request.body;
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
  return result_of(run->json());
}

Response post(const Services& services, const Request& request) {
  Problem problem;
  auto submission = read_submission(services, request, problem);
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
  if (const auto run = services.runs.find_active(id, request.caller)) {
    const bool finished = run->state() == Run::State::kFinished && run->result();
    return finished ? result_of(run->json()) : state_of(services, *run, 200);
  }
  auto stored = services.store.find(id, request.caller);
  if (!stored) return render({500, stored.error().message, std::nullopt, std::nullopt});
  if (!*stored) return no_such_run(id);
  return result_of(std::move((*stored)->result));
}

Response remove(const Services& services, const Request& request) {
  const auto run = services.runs.find_active(request.parameter, request.caller);
  if (!run || run->state() == Run::State::kFinished) return get(services, request);
  services.runs.cancel(run);
  return state_of(services, *run, 202);
}

}  // namespace

Response no_such_run(const std::string& id) {
  return render({404, "there is no run " + id.substr(0, 64) + ", or its result has expired",
                 std::nullopt, std::nullopt});
}

void add_runs(Router& router, const Services& services) {
  router.add({"POST", "/v1/runs", [&](const Request& request) { return post(services, request); }});
  router.add(
      {"GET", "/v1/runs/{}", [&](const Request& request) { return get(services, request); }});
  router.add(
      {"DELETE", "/v1/runs/{}", [&](const Request& request) { return remove(services, request); }});
}

}  // namespace gobox::api
