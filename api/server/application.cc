// SPDX-License-Identifier: Apache-2.0

#include "api/server/application.h"

#include <chrono>

#include "api/http/multipart.h"
#include "api/http/origin.h"
#include "api/playground/playground_compile.h"
#include "api/playground/playground_format.h"
#include "api/playground/playground_share.h"
#include "api/runs/artifacts.h"
#include "api/runs/run_events.h"
#include "api/runs/runs.h"
#include "api/server/catalogue.h"
#include "api/server/health.h"
#include "api/server/metrics_resource.h"
#include "api/web/page.h"

namespace gobox::api {
namespace {

using Clock = std::chrono::steady_clock;

Response not_found() {
  return render({404, "there is nothing here", std::nullopt, std::nullopt});
}

Response not_allowed(const Match& match) {
  std::string methods = "OPTIONS";
  for (const Route* route : match.others) methods += ", " + route->method;
  Response response = render({405, "this resource answers " + methods, std::nullopt, std::nullopt});
  response.headers.emplace_back("Allow", methods);
  return response;
}

Response unauthorized(bool given) {
  Response response = render({401, given ? "this token is not known" : "a bearer token is needed",
                              std::nullopt, std::nullopt});
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

// A preflight wants permission, not content. Front ends post forms or JSON, some with a token.
Response preflight(bool allowed) {
  Response response;
  response.type = "";
  if (!allowed) return response;
  response.headers = {{"Access-Control-Allow-Methods", "GET, POST, OPTIONS"},
                      {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
                      {"Access-Control-Max-Age", "86400"}};
  return response;
}

// Nobody is asked for a token: whoever reaches the loopback is the user, unless it is a page that
// happens to be open in the user's browser.
std::optional<Response> refuse_strangers_page(const Request& request) {
  const char* reason = nullptr;
  if (!has_loopback_host(request)) {
    reason = "without a tokens file this server has loopback names alone, and Host is another one";
  } else if (request.method != "GET" && is_from_foreign_page(request)) {
    reason = "without a tokens file this server takes nothing from web pages of other hosts";
  }
  if (reason == nullptr) return std::nullopt;
  return render({403, reason, std::nullopt, std::nullopt});
}

bool is_cross_origin(const Match& match) {
  if (match.route != nullptr) return match.route->cross_origin;
  for (const Route* route : match.others) {
    if (route->cross_origin) return true;
  }
  return false;
}

class Gate {
 public:
  Gate(const Router& router, const Services& services) : router_(router), services_(services) {}

  std::optional<Response> check(Request& request) const {
    const auto start = Clock::now();
    const Match match = router_.match(request.method, request.path);
    auto response = refuse(request, match);
    if (response) finish(request, match, *response, start);
    return response;
  }

  Response answer(Request& request) const {
    const auto start = Clock::now();
    const Match match = router_.match(request.method, request.path);
    request.parameter = match.parameter;
    Response response = match.route->handler(request);
    finish(request, match, response, start);
    return response;
  }

 private:
  std::optional<Response> refuse(Request& request, const Match& match) const {
    if (match.route == nullptr && match.others.empty()) return not_found();
    if (request.method == "OPTIONS") return preflight(is_cross_origin(match));
    if (match.route == nullptr) return not_allowed(match);
    if (!match.route->open) {
      if (!services_.tokens.wanted()) {
        if (auto refused = refuse_strangers_page(request)) return refused;
      }
      if (auto refused = identify(request, *match.route)) return refused;
    }
    if (request.method == "POST" && services_.runs.draining()) {
      return render({503, "the server is shutting down", std::nullopt, 5});
    }
    request.is_upload = match.route->uploads && is_multipart(request.header("Content-Type"));
    return std::nullopt;
  }

  // Who calls: a token's owner, a visitor where such are let in, or nobody in particular.
  std::optional<Response> identify(Request& request, const Route& route) const {
    const std::string authorization = request.header("Authorization");
    if (services_.tokens.wanted() && !authorization.empty()) {
      const Caller* caller = services_.tokens.find(authorization);
      if (caller == nullptr) return unauthorized(true);
      request.caller = caller->name;
      return std::nullopt;
    }
    if (auto visitor = route.visitors ? visitor_of(services_, request) : std::nullopt) {
      request.caller = std::move(*visitor);
      return std::nullopt;
    }
    if (services_.tokens.wanted()) return unauthorized(false);
    return std::nullopt;
  }

  void finish(const Request& request, const Match& match, Response& response,
              Clock::time_point start) const {
    if (is_cross_origin(match)) response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    // Patterns, not paths: a label per run would grow for ever.
    const std::string route = match.route != nullptr ? match.route->pattern : "none";
    services_.metrics.count_request(request.method, route, response.status, Clock::now() - start);
  }

  const Router& router_;
  const Services& services_;
};

}  // namespace

Router make_router(const Services& services, const Assets& assets) {
  Router router;
  add_runs(router, services);
  add_run_events(router, services);
  add_artifacts(router, services);
  add_playground_compile(router, services);
  add_playground_format(router, services);
  add_playground_share(router, services);
  add_catalogue(router, services);
  add_health(router, services);
  add_metrics(router, services);
  add_page(router, services, assets);
  return router;
}

Application make_application(const Router& router, const Services& services) {
  const Gate gate(router, services);
  Application application;
  application.check = [gate](Request& request) { return gate.check(request); };
  application.answer = [gate](Request& request) { return gate.answer(request); };
  application.refuse = [&services](int status, const std::string& detail) {
    services.metrics.count_request("other", "none", status, Nanoseconds(0));
    return render({status, detail, std::nullopt, std::nullopt});
  };
  application.report = [&services](const std::string& trouble) { services.log.warning(trouble); };
  return application;
}

}  // namespace gobox::api
