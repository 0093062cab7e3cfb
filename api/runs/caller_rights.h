// SPDX-License-Identifier: Apache-2.0

#pragma once

// What the tokens file grants a caller, for everything that starts a run on its behalf: a request,
// the playground's calls, recovery after a restart. A caller the file does not name has every
// right. Thread-safe; no state.

#include <functional>
#include <optional>
#include <string>

#include "api/http/problem.h"
#include "api/runs/services.h"

namespace gobox::api {

// Whether it may use a policy; empty: any.
std::function<bool(const std::string& policy)> policy_right_of(const Services& services,
                                                               const std::string& caller);

// How many of its runs at the same time; 0: as many as the server does.
unsigned concurrency_of(const Services& services, const std::string& caller);

Problem no_right_to(const std::string& policy);

// Makes the submission the caller's, unless it may not use the policy of its job.
std::optional<Problem> submit_for(const Services& services, const std::string& caller,
                                  Submission& submission);

}  // namespace gobox::api
