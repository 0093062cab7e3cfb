// SPDX-License-Identifier: Apache-2.0

#include "api/server/daemon.h"

#include <malloc.h>

#include <cstdio>
#include <thread>

#include "api/callback/callback_signature.h"
#include "api/http/http_server.h"
#include "api/http/multipart.h"
#include "api/runs/caller_rights.h"
#include "api/runs/run_service.h"
#include "api/runs/submission.h"
#include "api/server/access.h"
#include "api/server/application.h"
#include "api/server/host.h"
#include "api/server/process.h"

namespace gobox::api {
namespace {

constexpr std::uint64_t kWaitingTrees = 4;  // as large as one may be; more where they are smaller

RunStore::Settings store_settings(const Options& options) {
  RunStore::Settings settings;
  settings.directory = options.data_dir;
  settings.most_bytes = options.results_cap;
  settings.most_tree_bytes = kWaitingTrees * options.upload_cap;
  settings.most_age = std::chrono::duration_cast<std::chrono::seconds>(options.results_age);
  return settings;
}

Result<std::string> load_callback_key(const Options& options) {
  if (!options.callback_secret.empty()) {
    return load_callback_key(options.callback_secret, MissingKey::kIsAnError);
  }
  return load_callback_key(options.data_dir + "/callback-secret", MissingKey::kIsMade);
}

}  // namespace

struct Daemon::Parts {
  Options options;
  Tokens tokens;
  Visitors visitors;
  Assets assets;
  std::unique_ptr<Host> host;
  std::unique_ptr<RunStore> store;
  Metrics metrics;
  std::unique_ptr<RunService> runs;
  CallbackRules callback_rules;
  std::string callback_key;
  std::unique_ptr<Callbacks> callbacks;
  std::optional<Services> services;
  Router router;
  Application application;
  std::unique_ptr<HttpServer> server;

  Result<void> make_services();
  Result<void> recover();
  void start_callbacks();
  void look_after_store() const;
};

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() = default;

Result<void> Daemon::Parts::make_services() {
  store = TRY(RunStore::open(store_settings(options)));
  if (callback_rules.allow_any()) callback_key = TRY(load_callback_key(options));
  Admission::Settings admission;
  admission.workers = options.workers;
  admission.queue_length = options.queue_length;
  admission.memory_budget = options.memory_budget;
  admission.callers = names_of(tokens);
  runs = std::make_unique<RunService>(*host->runner, *store, metrics, *host->log,
                                      std::move(admission));
  TRY(host->policies.job(options.playground_policy));
  services.emplace(Services{options, tokens, visitors, host->policies, *runs, metrics,
                            *host->health, *host->log,
                            callback_rules.allow_any() ? &callback_rules : nullptr});
  router = make_router(*services, assets);
  application = make_application(router, *services);
  return {};
}

// Runs that an earlier process accepted: their requests are read again, by today's policies.
Result<void> Daemon::Parts::recover() {
  for (RunStore::Accepted& run : TRY(store->unfinished())) {
    Problem problem;
    // Of an upload the type alone is in the database.
    const bool uploaded = is_multipart(run.request);
    const auto tree = uploaded ? store->files().tree(run.id) : Result<Spooled>(Spooled{});
    if (!tree) {
      runs->give_up(run, "its tree is gone: " + tree.error().message);
      continue;
    }
    const RunBody body = uploaded ? RunBody{run.request, tree->bytes} : RunBody{"", run.request};
    auto submission = read_submission(*services, run.caller, body, problem);
    if (!submission) {
      runs->give_up(run, "the request is not taken any more: " + problem.detail);
      continue;
    }
    RunService::Recovered recovered;
    recovered.attempts = run.attempts;
    recovered.submission = std::move(*submission);
    recovered.submission.job.id = run.id;
    recovered.submission.keep = Submission::Keep::kDurably;
    runs->recover(std::move(recovered));
  }
  return {};
}

void Daemon::Parts::start_callbacks() {
  if (!callback_rules.allow_any()) return;
  callbacks = std::make_unique<Callbacks>(*store, Callbacks::Settings{callback_rules, callback_key},
                                          metrics, *host->log);
  runs->on_callback([this] { callbacks->look(); });
}

void Daemon::Parts::look_after_store() const {
  if (const auto expired = store->expire(); !expired) host->log->error(expired.error().message);
}

Result<std::unique_ptr<Daemon>> Daemon::start(const Options& options) {
  // Arenas are per thread and keep what they once had; two are enough for threads that mostly wait.
  ::mallopt(M_ARENA_MAX, 2);
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  parts->tokens = TRY(load_tokens(options));
  parts->visitors = TRY(Visitors::parse(options.anonymous, options.trusted_proxy));
  if (const auto& visitor = parts->visitors.caller()) parts->tokens.let_in(*visitor);
  if (!options.no_web) parts->assets = TRY(Assets::open(options.web_dir));
  parts->callback_rules = TRY(CallbackRules::parse(options.allow_callbacks));
  auto policies = TRY(load_policies(options));
  TRY(check_granted_policies(parts->tokens, policies, options.tokens_file));
  parts->host = TRY(Host::start(parts->options, std::move(policies)));
  TRY(parts->make_services());
  const HttpSettings settings =
      http_settings(options, options.workers + options.queue_length, files_of_sandboxes(options));
  parts->server = TRY(HttpServer::listen(settings, parts->application));
  parts->start_callbacks();
  TRY(parts->recover());
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

int Daemon::run() {
  Parts& parts = *parts_;
  const Host& host = *parts.host;
  // The first line: whoever asked for port 0 reads it.
  std::printf("listening on %s\n", parts.server->url().c_str());
  std::fflush(stdout);
  host.log->info("listening",
                 {{"url", parts.server->url()},
                  {"workers", static_cast<std::int64_t>(parts.options.workers)},
                  {"queue_length", static_cast<std::int64_t>(parts.options.queue_length)}});
  std::thread preparing([&] { host.prepare_caches(); });
  std::thread serving([&] { parts.server->run(); });
  const Host::Reason reason = host.wait_for_the_end([&] { parts.look_after_store(); });
  host.drain(*parts.runs);
  parts.server->stop();
  serving.join();
  preparing.join();
  parts.server.reset();  // waits for the last answers
  parts.runs.reset();
  parts.callbacks.reset();
  host.log->info("stopped");
  return reason == Host::Reason::kSignal ? 0 : 1;
}

}  // namespace gobox::api
