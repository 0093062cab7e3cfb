// SPDX-License-Identifier: Apache-2.0

#pragma once

// POST /share and GET /p/{id}.go: programs kept under a name made from their content, as the public
// Go Playground does, so that equal programs have equal names there and here. No state of its own.

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_playground_share(Router& router, const Services& services);

// The first 11 characters of the salted digest, more while the name would end in "_".
std::string snippet_id(std::string_view body);

}  // namespace gobox::api
