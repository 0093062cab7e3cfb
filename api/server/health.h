// SPDX-License-Identifier: Apache-2.0

#pragma once

// Health: whether the process is alive, and whether it can do now what it is for. What that takes
// depends on its role; SandboxHealth is that of a process that runs jobs. Thread-safe.

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "api/http/router.h"
#include "base/error.h"
#include "policies/policy.h"
#include "runner/job/job_runner.h"

namespace gobox::api {

struct Services;

class Health {
 public:
  Health() = default;
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;
  virtual ~Health() = default;

  // An Error that says what is wrong with it: a new process may do better.
  virtual Result<void> alive() = 0;

  // An Error that says why nobody should be sent here now.
  virtual Result<void> ready() = 0;
};

// Not a flag but a trial: a sandbox is made and /bin/true run in it. A success stands for a moment,
// so that probing often costs nothing. Trials do not overlap.
class SandboxHealth final : public Health {
 public:
  SandboxHealth(runner::JobRunner& runner, policies::JobPolicy policy)
      : runner_(runner), policy_(std::move(policy)) {}

  Result<void> alive() override;
  Result<void> ready() override;

  // The default toolchain's cache is there; before that the first run would wait for it.
  void set_prepared() { prepared_ = true; }

  void set_unprepared(std::string why);

  // nullopt: prepared.
  std::optional<std::string> why_unprepared() const;

 private:
  Result<void> try_sandbox();

  runner::JobRunner& runner_;
  const policies::JobPolicy policy_;
  std::mutex trial_;
  std::chrono::steady_clock::time_point succeeded_{};
  std::atomic<bool> prepared_{false};
  mutable std::mutex reason_mutex_;
  std::string reason_ = "the toolchain's cache is being prepared";
};

// GET /healthz, /readyz, /_ah/health.
void add_health(Router& router, const Services& services);

}  // namespace gobox::api
