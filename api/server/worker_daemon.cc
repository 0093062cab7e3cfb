// SPDX-License-Identifier: Apache-2.0

#include "api/server/worker_daemon.h"

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "api/http/http_server.h"
#include "api/playground/playground_compile.h"
#include "api/playground/playground_format.h"
#include "api/queue/worker.h"
#include "api/runs/run_service.h"
#include "api/server/access.h"
#include "api/server/application.h"
#include "api/server/health.h"
#include "api/server/host.h"
#include "api/server/metrics_resource.h"
#include "api/server/process.h"

namespace gobox::api {
namespace {

constexpr std::size_t kProbes = 16;  // requests for health and metrics at the same time

// Of this process among all that ever were: two workers of one name would take each other's bells.
std::string default_name() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0)
    return "worker-" + runner::new_job_id().substr(0, 8);
  return std::string(host) + "-" + std::to_string(::getpid());
}

// What the queue gives out has been admitted: this bound is for what goes wrong.
Admission::Settings admission_settings(const Options& options) {
  Admission::Settings settings;
  settings.workers = options.workers;
  settings.queue_length = std::size_t{2} * options.workers;
  settings.memory_budget = options.memory_budget;
  return settings;
}

// Several workers of one host have a directory each, the first that no other has; what a killed one
// left there goes.
Result<std::unique_ptr<RunStore>> open_store(const std::string& directory) {
  constexpr int kMostWorkers = 256;
  Result<std::unique_ptr<RunStore>> store = Error::host("no directory");
  for (int i = 0; i < kMostWorkers; ++i) {
    RunStore::Settings settings;
    settings.directory = directory + "/worker-" + std::to_string(i);
    store = RunStore::open(std::move(settings));
    if (store || store.error().message.find("is in use") == std::string::npos) return store;
  }
  return store;
}

}  // namespace

struct WorkerDaemon::Parts {
  Options options;
  std::string version;
  Tokens tokens;  // none: front ends know who may call
  Visitors visitors;
  std::unique_ptr<Host> host;
  std::unique_ptr<RunStore> store;
  Metrics metrics;
  std::unique_ptr<RunService> runs;
  std::optional<Services> services;
  Router calls;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<Worker> worker;
  Router probes;
  Application application;
  std::unique_ptr<HttpServer> server;

  Result<void> make_services();
  Result<void> start_worker();
  void add_probes();
};

WorkerDaemon::WorkerDaemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

WorkerDaemon::~WorkerDaemon() = default;

Result<void> WorkerDaemon::Parts::make_services() {
  store = TRY(open_store(options.data_dir));
  runs = std::make_unique<RunService>(*host->runner, *store, metrics, *host->log,
                                      admission_settings(options));
  TRY(host->policies.job(options.playground_policy));
  services.emplace(Services{options, tokens, visitors, host->policies, *runs, metrics,
                            *host->health, *host->log});
  add_playground_compile(calls, *services);
  add_playground_format(calls, *services);
  return {};
}

Result<void> WorkerDaemon::Parts::start_worker() {
  Worker::Settings settings;
  settings.name = options.name;
  settings.version = version;
  settings.slots = options.workers;
  settings.memory_budget = options.memory_budget;
  settings.modules = !options.module_proxy.empty();
  settings.ready = [this] { return !host->health->why_unprepared(); };
  settings.interrupted = [this] { return runs->interrupted(); };
  worker = TRY(Worker::start(*queue, *services, calls, std::move(settings)));
  return {};
}

// Open to whoever can reach the address: they tell no secrets and start nothing but /bin/true.
void WorkerDaemon::Parts::add_probes() {
  add_health(probes, *services);
  Route scraped{"GET", "/metrics", [this](const Request&) {
                  Response response;
                  response.type = "text/plain; version=0.0.4; charset=utf-8";
                  auto gauges = runs->gauges();
                  for (Gauge& gauge : worker->gauges()) gauges.push_back(std::move(gauge));
                  response.body = scrape(metrics, std::move(gauges));
                  return response;
                }};
  scraped.open = true;
  probes.add(std::move(scraped));
  application = make_application(probes, *services);
}

Result<std::unique_ptr<WorkerDaemon>> WorkerDaemon::start(const Options& options,
                                                          const char* version) {
  ::mallopt(M_ARENA_MAX, 2);
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  parts->version = version;
  if (parts->options.name.empty()) parts->options.name = default_name();
  auto policies = TRY(load_policies(options));
  parts->host = TRY(Host::start(parts->options, std::move(policies)));
  TRY(parts->make_services());
  parts->queue = TRY(Queue::open(options.queue, "sandbox-worker " + parts->options.name));
  parts->add_probes();
  const HttpSettings settings = http_settings(options, kProbes, files_of_sandboxes(options));
  parts->server = TRY(HttpServer::listen(settings, parts->application));
  TRY(parts->start_worker());
  return std::unique_ptr<WorkerDaemon>(new WorkerDaemon(std::move(parts)));
}

int WorkerDaemon::run() {
  Parts& parts = *parts_;
  const Host& host = *parts.host;
  std::printf("listening on %s\n", parts.server->url().c_str());
  std::fflush(stdout);
  host.log->info("taking runs", {{"name", parts.options.name},
                                 {"url", parts.server->url()},
                                 {"workers", static_cast<std::int64_t>(parts.options.workers)}});
  std::thread preparing([&] { host.prepare_caches(); });
  std::thread serving([&] { parts.server->run(); });
  const Host::Reason reason = host.wait_for_the_end([] {});
  parts.worker->stop_taking();
  host.drain(*parts.runs);
  parts.worker->join();
  parts.server->stop();
  serving.join();
  preparing.join();
  parts.server.reset();
  parts.worker.reset();
  parts.runs.reset();
  host.log->info("stopped");
  return reason == Host::Reason::kSignal ? 0 : 1;
}

}  // namespace gobox::api
