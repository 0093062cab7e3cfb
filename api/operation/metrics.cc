// SPDX-License-Identifier: Apache-2.0

#include "api/operation/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace gobox::api {
namespace {

using prometheus::Histogram;

double seconds(Nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// A sandbox is made in a millisecond; a program may take its limit of many seconds.
Histogram::BucketBoundaries short_times() {
  return {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1};
}

Histogram::BucketBoundaries long_times() {
  return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60};
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& runs =
      prometheus::BuildCounter()
          .Name("sandbox_runs_total")
          .Help("Runs ended, by outcome and the stage that decided it")
          .Register(registry);
  prometheus::Family<Histogram>& setup = prometheus::BuildHistogram()
                                             .Name("sandbox_setup_seconds")
                                             .Help("Making a sandbox, up to the program")
                                             .Register(registry);
  prometheus::Family<Histogram>& stage = prometheus::BuildHistogram()
                                             .Name("sandbox_stage_seconds")
                                             .Help("Wall time of a stage")
                                             .Register(registry);
  prometheus::Family<Histogram>& queued = prometheus::BuildHistogram()
                                              .Name("sandbox_queue_wait_seconds")
                                              .Help("Time between a run's acceptance and its start")
                                              .Register(registry);
  prometheus::Family<prometheus::Counter>& oom_kills =
      prometheus::BuildCounter()
          .Name("sandbox_oom_kills_total")
          .Help("Processes the kernel killed at a memory limit")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& leaks =
      prometheus::BuildCounter()
          .Name("sandbox_leaked_processes_total")
          .Help("Processes that outlived their program, all killed")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& cached =
      prometheus::BuildCounter()
          .Name("sandbox_compile_cache_total")
          .Help("Compilations, by whether a cached binary served")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("sandbox_http_requests_total")
                                                          .Help("Requests answered")
                                                          .Register(registry);
  prometheus::Family<Histogram>& request_time =
      prometheus::BuildHistogram()
          .Name("sandbox_http_request_seconds")
          .Help("Time to answer a request, the run included")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& refusals = prometheus::BuildCounter()
                                                          .Name("sandbox_refusals_total")
                                                          .Help("Runs not accepted, by reason")
                                                          .Register(registry);
  std::mutex queue_mutex;
  // Of a worker's alone, made when it first counts.
  prometheus::Family<prometheus::Counter>* deliveries = nullptr;
  prometheus::Family<prometheus::Counter>* late_results = nullptr;

  void make_queue_families() {
    const std::lock_guard lock(queue_mutex);
    if (deliveries != nullptr) return;
    late_results = &prometheus::BuildCounter()
                        .Name("sandbox_queue_late_results_total")
                        .Help("Results that came when the run had one already")
                        .Register(registry);
    late_results->Add({});
    deliveries = &prometheus::BuildCounter()
                      .Name("sandbox_queue_deliveries_total")
                      .Help("Runs taken from the queue, by how often they had been given out")
                      .Register(registry);
    for (const char* which : {"first", "second", "given_up"}) {
      deliveries->Add({{"delivery", which}});
    }
  }

  prometheus::Family<prometheus::Counter>& callbacks =
      prometheus::BuildCounter()
          .Name("sandbox_callbacks_total")
          .Help("Attempts to post a result, by what came of them")
          .Register(registry);

  void set(const Gauge& gauge) {
    prometheus::BuildGauge()
        .Name(gauge.name)
        .Help(gauge.help)
        .Register(registry)
        .Add({})
        .Set(gauge.value);
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  // Present from the first scrape: an alert on a series that is not there never fires.
  families_->runs.Add({{"outcome", "ok"}, {"stage", "run"}});
  families_->runs.Add({{"outcome", "sandbox_error"}, {"stage", "run"}});
  families_->oom_kills.Add({});
  families_->leaks.Add({});
  for (const char* result : {"hit", "miss"}) families_->cached.Add({{"result", result}});
  for (const char* what : {"delivered", "retried", "failed"}) {
    families_->callbacks.Add({{"result", what}});
  }
  for (const char* why : {"queue_full", "draining"}) families_->refusals.Add({{"reason", why}});
}

Metrics::~Metrics() = default;

void Metrics::count_run(const runner::JobResult& result) {
  Families& to = *families_;
  const std::string stage = result.stage ? runner::name_of(*result.stage) : "none";
  to.runs.Add({{"outcome", runner::name_of(result.outcome)}, {"stage", stage}}).Increment();
  to.queued.Add({}, short_times()).Observe(seconds(result.queued));
  for (const runner::StageResult& each : result.stages) {
    const char* name = runner::name_of(each.kind);
    to.setup.Add({{"stage", name}}, short_times()).Observe(seconds(each.ending.setup));
    to.stage.Add({{"stage", name}}, long_times()).Observe(seconds(each.ending.wall));
    to.oom_kills.Add({}).Increment(static_cast<double>(each.ending.usage.oom_kills));
    to.leaks.Add({}).Increment(static_cast<double>(each.ending.leaked.size()));
    if (each.kind == runner::StageKind::kCompile) {
      to.cached.Add({{"result", result.compile_cached ? "hit" : "miss"}}).Increment();
    }
  }
}

void Metrics::count_request(const std::string& method, const std::string& route, int status,
                            Nanoseconds took) {
  families_->requests
      .Add({{"method", method}, {"route", route}, {"status", std::to_string(status)}})
      .Increment();
  families_->request_time.Add({{"route", route}}, long_times()).Observe(seconds(took));
}

void Metrics::count_refusal(const std::string& why) {
  families_->refusals.Add({{"reason", why}}).Increment();
}

void Metrics::count_delivery(const std::string& which) {
  families_->make_queue_families();
  families_->deliveries->Add({{"delivery", which}}).Increment();
}

void Metrics::count_late_result() {
  families_->make_queue_families();
  families_->late_results->Add({}).Increment();
}

void Metrics::count_callback(const std::string& what) {
  families_->callbacks.Add({{"result", what}}).Increment();
}

// A family is the one there is of its name.
std::string Metrics::scrape(const std::vector<Gauge>& gauges) {
  for (const Gauge& gauge : gauges) families_->set(gauge);
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace gobox::api
