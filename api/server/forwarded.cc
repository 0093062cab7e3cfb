// SPDX-License-Identifier: Apache-2.0

#include "api/server/forwarded.h"

#include "api/playground/playground_job.h"
#include "api/playground/playground_share.h"
#include "api/runs/artifacts.h"
#include "api/runs/caller_rights.h"
#include "api/runs/run_events.h"
#include "api/runs/run_request.h"
#include "api/runs/runs.h"
#include "api/server/catalogue.h"
#include "api/server/health.h"
#include "api/server/metrics_resource.h"
#include "api/web/page.h"

namespace gobox::api {
namespace {

// Some worker answers it as a single server would; who may ask is decided here.
Response forward(const Services& services, FrontDesk& desk, const Request& request) {
  Submission submission;
  submission.job.policy_name = services.options.playground_policy;
  if (const auto refused = submit_for(services, request.caller, submission)) {
    return render(*refused);
  }
  auto policy = playground_policy(services);
  if (!policy) return render({500, policy.error().message, std::nullopt, std::nullopt});
  submission.job.policy = std::move(*policy);
  return desk.forward(request, submission.caller_most, cache_scope_of(services, request.caller),
                      memory_needed(submission.job));
}

}  // namespace

Router make_front_router(const Services& services, FrontDesk& desk, const Assets& assets) {
  Router router;
  add_runs(router, services);
  add_run_events(router, services);
  add_artifacts(router, services);
  for (const std::string prefix : {"", "/_"}) {
    for (const std::string call : {"/compile", "/vet", "/fmt"}) {
      router.add({"POST", prefix + call,
                  [&](const Request& request) { return forward(services, desk, request); }, false,
                  true});
    }
  }
  add_playground_share(router, services);
  add_catalogue(router, services);
  add_health(router, services);
  add_metrics(router, services);
  add_page(router, services, assets);
  return router;
}

}  // namespace gobox::api
