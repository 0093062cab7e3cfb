// SPDX-License-Identifier: Apache-2.0

#pragma once

// Metrics: what the server counts, as Prometheus reads it. Counters and histograms are fed as runs
// end; gauges are asked for when someone scrapes. Thread-safe.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "runner/result/result.h"

namespace gobox::api {

// The state of one thing at the moment of a scrape.
struct Gauge {
  std::string name;
  std::string help;
  double value = 0;
};

class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  void count_run(const runner::JobResult& result);
  void count_request(const std::string& method, const std::string& route, int status,
                     Nanoseconds took);
  void count_refusal(const std::string& why);
  // Of the queue that servers share: which delivery of a run this was ("first", "second",
  // "given_up"), and a result that came after another one's.
  void count_delivery(const std::string& which);
  void count_late_result();
  // What came of an attempt to post a result: "delivered", "retried", "failed".
  void count_callback(const std::string& what);

  // The text exposition format 0.0.4.
  std::string scrape(const std::vector<Gauge>& gauges);

 private:
  struct Families;

  std::unique_ptr<Families> families_;
};

}  // namespace gobox::api
