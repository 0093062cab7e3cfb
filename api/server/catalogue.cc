// SPDX-License-Identifier: Apache-2.0

#include "api/server/catalogue.h"

#include <boost/json.hpp>

#include "api/http/problem.h"
#include "api/playground/go_json.h"
#include "base/json_text.h"
#include "base/milliseconds.h"

namespace gobox::api {
namespace {

namespace json = boost::json;

Response of(const json::value& value) {
  Response response;
  response.body = runner::json_text(value) + "\n";
  return response;
}

json::value toolchains(const Services& services) {
  json::array list;
  const auto offers = services.runs.offers();
  for (const Backend::Offer& each : offers) {
    list.push_back({{"name", each.toolchain.name},
                    {"default", &each == offers.data()},
                    {"race", each.toolchain.has_race_runtime},
                    {"prepared", each.prepared}});
  }
  return {{"toolchains", std::move(list)}};
}

Response modules(const Services& services) {
  Response response;
  response.body = services.runs.modules() + "\n";
  return response;
}

json::object limits_of(const policies::StagePolicy& stage, const policies::Limits& limits) {
  return {
      {"wall_ms", whole_milliseconds(limits.wall)},
      {"cpu_ms", limits.cpu ? json::value(whole_milliseconds(*limits.cpu)) : json::value(nullptr)},
      {"grace_ms", whole_milliseconds(limits.grace)},
      {"memory_bytes", limits.memory_bytes},
      {"cpus", limits.cpus},
      {"pids", limits.pids},
      {"disk_bytes", limits.disk_bytes},
      {"output_bytes", limits.output_bytes},
      {"network", stage.network == policies::Network::kNone ? "none" : "loopback"}};
}

// What a job gets, or what it may ask for.
json::object all_limits(const policies::JobPolicy& job, Nanoseconds total,
                        policies::Limits policies::StagePolicy::*which) {
  const auto of_stage = [&](const policies::StagePolicy& stage) {
    return limits_of(stage, stage.*which);
  };
  return {{"total_ms", whole_milliseconds(total)},
          {"compile", of_stage(job.compile)},
          {"run", of_stage(job.run)},
          {"test", of_stage(job.test)}};
}

json::value policies_json(const Services& services) {
  json::array list;
  for (const std::string& name : services.policies.job_names()) {
    const auto policy = services.policies.job(name);
    if (!policy) continue;
    list.push_back(
        {{"name", name},
         {"default", name == "default"},
         {"race", policy->race},
         {"limits", all_limits(*policy, policy->total, &policies::StagePolicy::limits)},
         {"most", all_limits(*policy, policy->total_most, &policies::StagePolicy::most)}});
  }
  return {{"policies", std::move(list)}};
}

// {"Version":"go1.26.8","Release":"go1.26","Name":"Go 1.26"}
Response version(const Services& services) {
  const auto all = services.runs.toolchains();
  if (all.empty())
    return render({503, "this host has no Go toolchain", std::nullopt, std::nullopt});
  const std::string release = all.front().language_version();
  GoJson body;
  body.begin_object();
  body.member("Version", all.front().name);
  body.member("Release", "go" + release);
  body.member("Name", "Go " + release);
  body.end_object();
  Response response;
  response.body = body.text() + "\n";
  return response;
}

}  // namespace

void add_catalogue(Router& router, const Services& services) {
  router.add({"GET", "/v1/toolchains", [&](const Request&) { return of(toolchains(services)); }});
  router.add({"GET", "/v1/policies", [&](const Request&) { return of(policies_json(services)); }});
  router.add({"GET", "/v1/modules", [&](const Request&) { return modules(services); }});
  Route workers{"GET", "/v1/workers", [&](const Request&) {
                  Response response;
                  response.body = services.runs.workers() + "\n";
                  return response;
                }};
  workers.visitors = false;
  router.add(std::move(workers));
  for (const char* path : {"/version", "/_/version"}) {
    router.add({"GET", path, [&](const Request&) { return version(services); }, false, true});
  }
  router.add({"GET", "/openapi.json",
              [](const Request&) {
                Response response;
                response.body = openapi_document();
                return response;
              },
              true, true});
}

}  // namespace gobox::api
