// SPDX-License-Identifier: Apache-2.0

#pragma once

// GET /metrics: the Metrics and the state of the moment, for Prometheus. No state of its own.

#include "api/http/router.h"
#include "api/runs/services.h"

namespace gobox::api {

// `gauges` and the process's own, in the text exposition format.
std::string scrape(Metrics& metrics, std::vector<Gauge> gauges);

void add_metrics(Router& router, const Services& services);

}  // namespace gobox::api
