// SPDX-License-Identifier: Apache-2.0

#pragma once

// The fields of a request that speak of tests: `packages` and `test`, as go test has them,
// `cache` and `cache_write`. Refusals
// name the field.

#include "api/runs/json_field.h"
#include "base/error.h"
#include "runner/job/job.h"

namespace gobox::api {

Result<void> read_tests(const JsonField& body, runner::Job& job);

}  // namespace gobox::api
