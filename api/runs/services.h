#pragma once

// Services: what the resources work with, made once by main and shared by reference. Plain data;
// each part says itself how it may be used from many threads.

#include <functional>
#include <string>

#include "api/operation/log.h"
#include "api/operation/metrics.h"
#include "api/operation/options.h"
#include "api/operation/tokens.h"
#include "api/runs/run_service.h"
#include "api/runs/run_store.h"
#include "policies/loader.h"
#include "runner/job/job_runner.h"

namespace gobox::api {

class Health;

struct Services {
  const Options& options;
  const Tokens& tokens;
  const policies::PolicySet& policies;
  runner::JobRunner& runner;
  RunService& runs;
  RunStore& store;
  Metrics& metrics;
  Health& health;
  Log& log;
};

// Whose compiles a caller's runs may share: their own, or everybody's where the server was told so.
inline std::string cache_scope_of(const Services& services, const std::string& caller) {
  return services.options.share_compiles ? "everyone" : "caller " + caller;
}

}  // namespace gobox::api
