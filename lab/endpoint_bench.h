// SPDX-License-Identifier: Apache-2.0

#pragma once

// EndpointBench: ordinary and hostile programs sent to an HTTP endpoint that speaks the public
// playground's protocol (POST /compile), for a number of rounds or a time, by several callers at
// once; and what it answered: verdicts, latencies, refusals, answers mixed up, and the server's
// resident memory over time where it can be read (its /metrics, or a process of this host).
//
// Each request carries a token of its own, so that another's answer is noticed. A refusal for load
// (429, 503) is counted and tried again after its Retry-After; it is no wrong verdict. Only
// http://. A URL that cannot be used is a caller's Error.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "lab/endpoint_case.h"
#include "lab/statistics.h"

namespace gobox::lab {

struct EndpointOptions {
  std::string url;  // http://host[:port][/prefix]
  std::size_t rounds = 3;
  std::optional<std::chrono::milliseconds> duration;  // instead of rounds
  std::size_t callers = 2;
  std::chrono::milliseconds patience = std::chrono::seconds(60);  // for one answer
  bool with_hostile = true;
  std::optional<pid_t> server;  // whose resident memory to follow
  std::function<bool()> stopped;
};

struct CaseReport {
  std::size_t requests = 0;
  std::map<std::string, std::size_t> qualities;  // by name
  Sample latency_ms;
  std::map<std::string, std::size_t> failures;  // HTTP status or connection error
  std::string seen;                             // the last answer, short
};

struct MemoryPoint {
  double at_seconds = 0;
  double bytes = 0;
};

struct EndpointReport {
  std::string url;
  std::string server;  // what GET /version said, where it did
  double seconds = 0;
  std::size_t callers = 0;
  std::map<std::string, CaseReport> cases;
  std::size_t refused = 0;   // 429 and 503, tried again
  std::size_t mixed_up = 0;  // answers with another request's token
  std::vector<MemoryPoint> memory;
  std::string memory_source;        // "" where it could not be read
  std::optional<Line> memory_line;  // bytes over seconds, over the second half

  std::size_t requests() const;
  double right_share() const;
  std::size_t wrong() const;
};

Result<EndpointReport> bench_endpoint(const EndpointOptions& options);

std::string endpoint_table(const EndpointReport& report);
std::string endpoint_json(const EndpointReport& report);
// Resident memory over time; "" where nothing was read.
std::string endpoint_svg(const EndpointReport& report);

}  // namespace gobox::lab
