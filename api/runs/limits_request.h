// SPDX-License-Identifier: Apache-2.0

#pragma once

// The part of a run request that bounds it: limits, network, grace, and Go's own settings. A limit
// may be lowered, and raised as far as the policy's `most`. A value over that is refused with a
// sentence that names the most there is; it is never cut silently. Include from .cc files only.

#include "api/runs/json_field.h"
#include "runner/job/job.h"

namespace gobox::api {

// "limits", "network" and "grace_ms" of `body` into job.policy.
Result<void> read_limits(const JsonField& body, runner::Job& job);

// "gogc", "gomemlimit" and "parallelism".
Result<void> read_go_settings(const JsonField& body, runner::Job& job);

}  // namespace gobox::api
