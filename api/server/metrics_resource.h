#pragma once

// GET /metrics: the Metrics and the state of the moment, for Prometheus. No state of its own.

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

void add_metrics(Router& router, const Services& services);

}  // namespace gobox::api
