// SPDX-License-Identifier: Apache-2.0

#include "api/server/front.h"

#include <malloc.h>
#include <poll.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "api/http/http_server.h"
#include "api/queue/front_desk.h"
#include "api/server/access.h"
#include "api/server/application.h"
#include "api/server/forwarded.h"
#include "api/server/health.h"
#include "api/server/process.h"
#include "runner/job/job.h"

namespace gobox::api {
namespace {

constexpr std::size_t kQueueFiles = 64;
constexpr std::size_t kMostUpload = std::size_t{64} << 20;  // a worker holds it in memory
constexpr int kFrontUpkeepMs = 5000;

// A queue that cannot be reached is no reason for a new process: it would not reach it either.
class FrontHealth final : public Health {
 public:
  explicit FrontHealth(const FrontDesk& desk) : desk_(desk) {}

  Result<void> alive() override { return {}; }

  Result<void> ready() override { return desk_.ready(); }

 private:
  const FrontDesk& desk_;
};

}  // namespace

struct Front::Parts {
  Options options;
  UniqueFd signals;
  Tokens tokens;
  Visitors visitors;
  Assets assets;
  policies::PolicySet policies;
  std::unique_ptr<Log> log;
  Metrics metrics;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<FrontDesk> desk;
  std::unique_ptr<Health> health;
  std::optional<Services> services;
  Router router;
  Application application;
  std::unique_ptr<HttpServer> server;

  void wait_for_signal() const;
  void drain();
};

Front::Front(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Front::~Front() = default;

Result<std::unique_ptr<Front>> Front::start(const Options& options) {
  ::mallopt(M_ARENA_MAX, 2);
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  // What it holds for a moment, and in no file that has a name.
  parts->options.data_dir = std::filesystem::temp_directory_path();
  parts->options.upload_cap = std::min(options.upload_cap, kMostUpload);
  parts->tokens = TRY(load_tokens(options));
  parts->visitors = TRY(Visitors::parse(options.anonymous, options.trusted_proxy));
  if (const auto& visitor = parts->visitors.caller()) parts->tokens.let_in(*visitor);
  if (!options.no_web) parts->assets = TRY(Assets::open(options.web_dir));
  parts->policies = TRY(load_policies(options));
  TRY(parts->policies.job(options.playground_policy));
  TRY(check_granted_policies(parts->tokens, parts->policies, options.tokens_file));
  raise_file_limit();
  parts->signals = TRY(take_signals());
  parts->log = std::make_unique<Log>(options.quiet ? Log::Level::kWarning : Log::Level::kInfo);
  parts->queue =
      TRY(Queue::open(options.queue, "sandbox-api " + runner::new_job_id().substr(0, 8)));
  parts->desk = TRY(FrontDesk::open(*parts->queue, parts->options, parts->metrics, *parts->log));
  parts->health = std::make_unique<FrontHealth>(*parts->desk);
  parts->services.emplace(Services{parts->options, parts->tokens, parts->visitors, parts->policies,
                                   *parts->desk, parts->metrics, *parts->health, *parts->log});
  parts->router = make_front_router(*parts->services, *parts->desk, parts->assets);
  parts->application = make_application(parts->router, *parts->services);
  parts->server = TRY(HttpServer::listen(
      http_settings(parts->options, options.queue_length, kQueueFiles), parts->application));
  return std::unique_ptr<Front>(new Front(std::move(parts)));
}

void Front::Parts::wait_for_signal() const {
  for (;;) {
    pollfd entry{signals.get(), POLLIN, 0};
    if (::poll(&entry, 1, kFrontUpkeepMs) > 0 && read_signal(signals)) return;
    ::malloc_trim(0);
  }
}

// A second signal ends the waiting.
void Front::Parts::drain() {
  log->info("draining");
  std::atomic<bool> drained{false};
  std::thread draining([&] {
    desk->drain(std::chrono::steady_clock::now() + options.drain_timeout);
    drained = true;
  });
  while (!drained) {
    pollfd entry{signals.get(), POLLIN, 0};
    if (::poll(&entry, 1, 50) > 0 && read_signal(signals)) {
      desk->hurry();
      break;
    }
  }
  draining.join();
}

int Front::run() {
  Parts& parts = *parts_;
  // The first line: whoever asked for port 0 reads it.
  std::printf("listening on %s\n", parts.server->url().c_str());
  std::fflush(stdout);
  parts.log->info("listening", {{"url", parts.server->url()}, {"role", std::string("front end")}});
  std::thread serving([&] { parts.server->run(); });
  parts.wait_for_signal();
  parts.drain();
  parts.server->stop();
  serving.join();
  parts.server.reset();  // waits for the last answers
  parts.log->info("stopped");
  return 0;
}

}  // namespace gobox::api
