// SPDX-License-Identifier: Apache-2.0

#include "api/runs/not_run.h"

namespace gobox::api {

runner::JobResult not_run(const std::string& id, const std::string& policy, runner::Outcome outcome,
                          const std::string& message) {
  runner::JobResult result;
  result.id = id;
  result.policy = policy;
  result.outcome = outcome;
  result.message = message;
  return result;
}

}  // namespace gobox::api
