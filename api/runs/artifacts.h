// SPDX-License-Identifier: Apache-2.0

#pragma once

// GET /v1/runs/{id}/artifacts/{path}: a file that a run left and its caller asked for, as bytes to
// be saved, never as a page. Kept and expired with the run's result.

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_artifacts(Router& router, const Services& services);

// Says in the result where each of them is to be had.
void link_artifacts(runner::JobResult& result);

}  // namespace gobox::api
