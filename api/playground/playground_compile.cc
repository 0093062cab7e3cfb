// SPDX-License-Identifier: Apache-2.0

#include "api/playground/playground_compile.h"

#include <strings.h>

#include <boost/json.hpp>

#include "api/http/form.h"
#include "api/playground/playground_answer.h"
#include "api/playground/playground_job.h"
#include "api/runs/caller_rights.h"
#include "api/runs/json_document.h"
#include "api/runs/run_request.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

struct Asked {
  std::string body;
  bool vet = false;
};

bool is_true(const std::string& text) {
  return text == "true" || text == "1" || text == "t" || text == "T" || text == "TRUE" ||
         text == "True";
}

// Go matches member names without regard to case.
const json::value* member(const json::object& object, const char* name) {
  for (const auto& each : object) {
    const std::string key(each.key());
    if (::strcasecmp(key.c_str(), name) == 0) return &each.value();
  }
  return nullptr;
}

std::optional<Asked> read_json(const std::string& text) {
  Problem ignored;
  const auto document = parse_document(text, ignored);
  if (!document || !document->is_object()) return std::nullopt;
  Asked asked;
  if (const json::value* body = member(document->get_object(), "body")) {
    if (!body->is_string()) return std::nullopt;
    asked.body = body->get_string();
  }
  if (const json::value* vet = member(document->get_object(), "withvet")) {
    if (!vet->is_bool()) return std::nullopt;
    asked.vet = vet->get_bool();
  }
  return asked;
}

// A form whose body is not empty wins over JSON. nullopt: neither.
std::optional<Asked> read(const Request& request) {
  const auto form = form_of(request);
  if (!form) return std::nullopt;
  const auto field = [&](const char* name) {
    const auto found = form->find(name);
    return found == form->end() ? std::string() : found->second;
  };
  if (!field("body").empty()) return Asked{field("body"), is_true(field("withVet"))};
  auto asked = read_json(request.body);
  if (!asked || asked->body.empty()) return std::nullopt;
  return asked;
}

Response bad_request() {
  Response response;
  response.status = 400;
  response.type = "text/plain; charset=utf-8";
  response.body = "Bad Request\n";
  return response;
}

Response of(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

Response compile(const Services& services, const Request& request, bool vet_only) {
  const auto asked = read(request);
  if (!asked) return bad_request();
  auto job = make_playground_job(services, request.caller, asked->body, asked->vet || vet_only);
  if (!job) return of(playground_errors(job.error().message));
  if (vet_only) job->kind = runner::JobKind::kBuild;
  Submission submission;
  submission.job = std::move(*job);
  if (const auto refused = submit_for(services, request.caller, submission)) {
    return render(*refused);
  }
  submission.memory_bytes = memory_needed(submission.job);
  const Clock clock = submission.job.go.fake_time ? Clock::kFake : Clock::kReal;
  const auto accepted = services.runs.run_and_wait(std::move(submission), request.socket);
  if (const auto* problem = std::get_if<Problem>(&accepted)) return render(*problem);
  const auto& run = std::get<std::shared_ptr<Run>>(accepted);
  if (!run) return render({503, "the caller is gone", std::nullopt, std::nullopt});
  if (run->failure()) {
    const Error& error = *run->failure();
    const bool callers = error.kind == Error::Kind::kCaller;
    return callers ? of(playground_errors(error.message))
                   : render({500, error.message, std::nullopt, std::nullopt});
  }
  const runner::JobResult& result = *run->result();
  if (result.outcome == runner::Outcome::kSandboxError) {
    return render({500, result.message, std::nullopt, std::nullopt});
  }
  return of(vet_only ? playground_vet_answer(result)
                     : playground_answer(result, clock, asked->vet));
}

}  // namespace

void add_playground_compile(Router& router, const Services& services) {
  const auto run = [&](const Request& request) { return compile(services, request, false); };
  const auto vet = [&](const Request& request) { return compile(services, request, true); };
  for (const std::string prefix : {"", "/_"}) {
    router.add({"POST", prefix + "/compile", run, false, true});
    router.add({"POST", prefix + "/vet", vet, false, true});
  }
}

}  // namespace gobox::api
