#pragma once

// GET /metrics: the Metrics and the state of the moment, for Prometheus. No state of its own.

#include "api/router.h"
#include "api/services.h"

namespace gobox::api {

void add_metrics(Router& router, const Services& services);

}  // namespace gobox::api
