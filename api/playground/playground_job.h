// SPDX-License-Identifier: Apache-2.0

#pragma once

// The playground's program as a Job: its file rules, its limits, and its own texts where it refuses
// one. What is asked over the playground's protocol runs under the server's playground policy, with
// the public service's limits where those are tighter. Thread-safe; no state.

#include <string>
#include <string_view>

#include "api/runs/services.h"
#include "base/error.h"
#include "runner/job/job.h"

namespace gobox::api {

// A refusal is a caller's Error in the public service's words.
Result<runner::Job> make_playground_job(const Services& services, const std::string& caller,
                                        std::string_view body, bool vet);

// The policy alone, for other programs of the playground's.
Result<policies::JobPolicy> playground_policy(const Services& services);

}  // namespace gobox::api
