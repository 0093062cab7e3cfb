// SPDX-License-Identifier: Apache-2.0

#pragma once

// POST /compile and /vet (and /_/...): the public Go Playground's protocol, so that its front ends
// work unchanged. Whatever a program does to itself is 200, and the verdict stands in the last
// stderr event too, because those front ends show nothing else. No state of its own.

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_playground_compile(Router& router, const Services& services);

}  // namespace gobox::api
