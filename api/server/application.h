// SPDX-License-Identifier: Apache-2.0

#pragma once

// What stands before every resource: routing, tokens, draining, cross-origin answers, counting.
// Makes the Application that the HTTP server asks. The Router, the Services and the Assets must
// outlive it.

#include "api/http/exchange.h"
#include "api/http/router.h"
#include "api/runs/services.h"
#include "api/web/assets.h"

namespace gobox::api {

// Every call this server has.
Router make_router(const Services& services, const Assets& assets);

Application make_application(const Router& router, const Services& services);

}  // namespace gobox::api
