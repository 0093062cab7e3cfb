// SPDX-License-Identifier: Apache-2.0

#pragma once

// GET /v1/runs/{id}/events: what a run does, as server-sent events (the WHATWG HTML standard,
// "Server-sent events"). Each has an id; Last-Event-ID resumes behind it. The result comes last.
// No state of its own.

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_run_events(Router& router, const Services& services);

}  // namespace gobox::api
