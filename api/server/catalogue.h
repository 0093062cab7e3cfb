// SPDX-License-Identifier: Apache-2.0

#pragma once

// GET /v1/toolchains, /v1/policies, /v1/modules, /v1/workers, /version and /openapi.json: what this
// server offers. No state of its own.

#include <string_view>

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_catalogue(Router& router, const Services& services);

// The OpenAPI 3.1 document, api/server/openapi.json.
std::string_view openapi_document();

}  // namespace gobox::api
