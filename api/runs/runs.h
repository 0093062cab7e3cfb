// SPDX-License-Identifier: Apache-2.0

#pragma once

// POST /v1/runs, GET and DELETE /v1/runs/{id}. No state of its own.

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_runs(Router& router, const Services& services);

// What is asked for cannot be known now: 500, or 503 where EAGAIN says that it soon may be.
Response unknown(const Error& error);

// 404 in the words every resource of a run uses.
Response no_such_run(const std::string& id);

}  // namespace gobox::api
