// SPDX-License-Identifier: Apache-2.0

#include "api/web/form_run.h"

#include <boost/json.hpp>

#include "api/http/form.h"
#include "api/runs/run_request.h"
#include "api/runs/submission.h"
#include "base/json_text.h"
#include "runner/outcome/outcome.h"
#include "runner/result/result_json.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

// Forms send line ends as CRLF; Go's tools and txtar take them, people reading diffs do not.
std::string with_plain_line_ends(std::string text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    plain += text[i];
  }
  return plain;
}

int refuse(const Problem& problem, PageText& text) {
  text.answer.notice = problem.detail + ".";
  return problem.status;
}

std::string text_of(const json::object& result, const char* member) {
  const json::value* const value = result.if_contains(member);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string output_of(const json::object& result, const std::string& stream) {
  std::string text = text_of(result, stream.c_str());
  if (text_of(result, (stream + "_encoding").c_str()) != "base64") return text;
  return runner::to_utf8(runner::from_base64(text).value_or(""));
}

// `text` is a result as JSON.
void show(const std::string& text, PageText::Answer& answer) {
  json::error_code failure;
  const json::value document = json::parse(text, failure);
  if (failure || !document.is_object()) return;
  const json::object& result = document.get_object();
  answer.outcome = text_of(result, "outcome");
  answer.stage = text_of(result, "stage");
  answer.message = text_of(result, "message");
  if (const json::value* hints = result.if_contains("hints"); hints && hints->is_array()) {
    for (const json::value& hint : hints->get_array()) {
      if (hint.is_string()) answer.hints.emplace_back(hint.get_string());
    }
  }
  answer.out = output_of(result, "stdout");
  answer.err = output_of(result, "stderr");
}

// nullopt: a token is needed, and what was given is none.
std::optional<std::string> caller_of(const Services& services, const Request& request,
                                     const std::string& token) {
  if (!token.empty()) {
    const Caller* const caller = services.tokens.find("Bearer " + token);
    return caller == nullptr ? std::nullopt : std::optional(caller->name);
  }
  if (const auto visitor = visitor_of(services, request)) return visitor;
  return services.tokens.wanted() ? std::nullopt : std::optional<std::string>("");
}

}  // namespace

bool is_from_elsewhere(const Request& request) {
  const std::string site = request.header("Sec-Fetch-Site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const std::string origin = request.header("Origin");
  if (origin.empty()) return false;
  const std::size_t scheme = origin.find("://");
  return scheme == std::string::npos || origin.substr(scheme + 3) != request.header("Host");
}

int run_form(const Services& services, const Request& request, PageText& text) {
  auto form = form_of(request);
  if (!form) return refuse({400, "the form is malformed", {}, {}}, text);
  text.source = with_plain_line_ends((*form)["source"]);
  text.input = with_plain_line_ends((*form)["stdin"]);
  const auto caller = caller_of(services, request, (*form)["token"]);
  if (!caller) return refuse({401, "A token is needed, and this one is not known", {}, {}}, text);
  const json::object body{{"source", *text.source},
                          {"stdin", text.input},
                          {"kind", (*form)["kind"] == "test" ? "test" : "run"}};
  const std::string json = runner::json_text(body);
  Problem problem;
  auto submission = read_submission(services, *caller, {"", json}, problem);
  if (!submission) return refuse(problem, text);
  submission->keep = Submission::Keep::kHandedOn;
  submission->request = json;
  const auto accepted = services.runs.run_and_wait(std::move(*submission), request.socket);
  if (const auto* refused = std::get_if<Problem>(&accepted)) return refuse(*refused, text);
  const auto& run = std::get<std::shared_ptr<Run>>(accepted);
  if (!run) return refuse({503, "the caller is gone", {}, {}}, text);
  if (run->failure()) {
    const bool callers = run->failure()->kind == Error::Kind::kCaller;
    return refuse({callers ? 422 : 500, run->failure()->message, {}, {}}, text);
  }
  show(run->json(), text.answer);
  return 200;
}

}  // namespace gobox::api
