// SPDX-License-Identifier: Apache-2.0

#include "api/server/health.h"

#include "api/http/problem.h"
#include "api/runs/services.h"

namespace gobox::api {
namespace {

constexpr std::chrono::seconds kStands{2};  // a success

Response well() {
  Response response;
  response.body = "{\"status\":\"ok\"}\n";
  return response;
}

Response unwell(const std::string& why) {
  return render({503, why, std::nullopt, 5});
}

Response healthz(const Services& services) {
  const auto alive = services.health.alive();
  return alive ? well() : unwell(alive.error().message);
}

Response readyz(const Services& services) {
  if (services.runs.draining()) return unwell("the server is shutting down");
  const auto ready = services.health.ready();
  return ready ? well() : unwell(ready.error().message);
}

}  // namespace

Result<void> SandboxHealth::try_sandbox() {
  const std::lock_guard lock(trial_);
  const auto now = std::chrono::steady_clock::now();
  if (succeeded_ != std::chrono::steady_clock::time_point() && now - succeeded_ < kStands)
    return {};
  runner::Job job;
  job.id = runner::new_job_id();
  job.kind = runner::JobKind::kExec;
  job.arguments = {"/bin/true"};
  job.policy = policy_;
  job.policy_name = policy_.name;
  const auto result = TRY(runner_.run(std::move(job)));
  if (result.outcome != runner::Outcome::kOk) return Error::host(result.message);
  succeeded_ = std::chrono::steady_clock::now();
  return {};
}

Result<void> SandboxHealth::alive() {
  auto trial = try_sandbox();
  if (!trial) return std::move(trial).error().within("no sandbox can be made");
  return {};
}

Result<void> SandboxHealth::ready() {
  if (const auto why = why_unprepared()) return Error::host(*why);
  return alive();
}

void SandboxHealth::set_unprepared(std::string why) {
  const std::lock_guard lock(reason_mutex_);
  reason_ = std::move(why);
}

std::optional<std::string> SandboxHealth::why_unprepared() const {
  if (prepared_) return std::nullopt;
  const std::lock_guard lock(reason_mutex_);
  return reason_;
}

void add_health(Router& router, const Services& services) {
  router.add({"GET", "/healthz", [&](const Request&) { return healthz(services); }, true});
  router.add({"GET", "/readyz", [&](const Request&) { return readyz(services); }, true});
  router.add({"GET", "/_ah/health",
              [&](const Request&) {
                Response response = healthz(services);
                if (response.status == 200) {
                  response.type = "text/plain; charset=utf-8";
                  response.body = "ok";
                }
                return response;
              },
              true});
}

}  // namespace gobox::api
