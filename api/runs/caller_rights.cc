// SPDX-License-Identifier: Apache-2.0

#include "api/runs/caller_rights.h"

#include <algorithm>

namespace gobox::api {

std::function<bool(const std::string& policy)> policy_right_of(const Services& services,
                                                               const std::string& caller) {
  const Caller* known = services.tokens.by_name(caller);
  if (known == nullptr || known->policies.empty()) return {};
  return [known](const std::string& policy) {
    const auto& granted = known->policies;
    return std::find(granted.begin(), granted.end(), policy) != granted.end();
  };
}

unsigned concurrency_of(const Services& services, const std::string& caller) {
  const Caller* known = services.tokens.by_name(caller);
  return known == nullptr ? 0 : known->concurrency;
}

Problem no_right_to(const std::string& policy) {
  return {403, "this token may not use the policy " + policy, std::nullopt, std::nullopt};
}

std::optional<Problem> submit_for(const Services& services, const std::string& caller,
                                  Submission& submission) {
  const auto may_use = policy_right_of(services, caller);
  const std::string& policy = submission.job.policy_name;
  if (may_use && !may_use(policy)) return no_right_to(policy);
  submission.caller = caller;
  submission.caller_most = concurrency_of(services, caller);
  return std::nullopt;
}

}  // namespace gobox::api
