#pragma once

// Metrics: what the server counts, as Prometheus reads it. Counters and histograms are fed as runs
// end; gauges are asked for when someone scrapes. Thread-safe.

#include <functional>
#include <memory>
#include <string>

#include "base/quantity.h"
#include "runner/result/result.h"

namespace gobox::api {

// The state of things at the moment of a scrape.
struct Gauges {
  double queue_length = 0;
  double running = 0;
  double cgroups = 0;
  double parked_sandboxes = 0;
  double store_bytes = 0;
  double open_files = 0;
  double resident_bytes = 0;
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

  // The text exposition format 0.0.4.
  std::string scrape(const Gauges& gauges);

 private:
  struct Families;

  std::unique_ptr<Families> families_;
};

}  // namespace gobox::api
