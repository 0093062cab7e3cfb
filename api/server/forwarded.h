// SPDX-License-Identifier: Apache-2.0

#pragma once

// A front end's router: the server's calls, with those of the playground's sent to a worker, and
// GET /v1/workers. No state of its own.

#include "api/http/router.h"
#include "api/queue/front_desk.h"
#include "api/runs/services.h"
#include "api/web/assets.h"

namespace gobox::api {

Router make_front_router(const Services& services, FrontDesk& desk, const Assets& assets);

}  // namespace gobox::api
