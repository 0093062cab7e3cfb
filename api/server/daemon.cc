#include "api/server/daemon.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "api/http/http_server.h"
#include "api/http/multipart.h"
#include "api/runs/caller_rights.h"
#include "api/runs/submission.h"
#include "api/server/application.h"
#include "api/server/health.h"
#include "base/file.h"
#include "runner/golang/race_support.h"
#include "sandbox/launcher.h"

namespace gobox::api {
namespace {

constexpr int kUpkeepMs = 5000;  // between looks at what has expired and what memory a burst left
// Requests that are no waiting runs: states, events, health, metrics.
constexpr std::size_t kMoreThreads = 256;
constexpr std::size_t kMoreConnections = 4096;
constexpr std::size_t kMinConnections = 8;
constexpr std::size_t kOwnFiles = 64;
constexpr std::size_t kFilesOfASandbox = 24;
constexpr std::size_t kFilesOfAConnection = 3;  // the socket, its run's events, who watches them
constexpr std::size_t kMinHeldBytes = std::size_t{64} << 20;
constexpr std::size_t kHeldBodies = 32;

// Blocked before any thread is made, so that all of them inherit it, and read instead of handled.
Result<UniqueFd> take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set, signal);
  sigset_t blocked = set;
  sigaddset(&blocked, SIGPIPE);  // a caller who is gone is an error of write(2), no more
  if (::sigprocmask(SIG_BLOCK, &blocked, nullptr) != 0) return Error::system("sigprocmask");
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return Error::system("signalfd");
  return signals;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// As many as leave descriptors for what they ask for.
std::size_t connections_within_file_limit(const Options& options, std::size_t most) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMinConnections;
  const std::size_t kept =
      kOwnFiles + kFilesOfASandbox * (options.pool + std::size_t{2} * options.workers);
  const std::size_t files = std::min<std::size_t>(limit.rlim_cur, std::size_t{1} << 24);
  const std::size_t fit = (files - std::min(files, kept)) / kFilesOfAConnection;
  return std::clamp(fit, kMinConnections, most);
}

runner::DiscoveryOptions discovery() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  runner::DiscoveryOptions options;
  options.path_env = variable("PATH");
  options.extra_list_file = variable("GOBOX_TOOLCHAINS");
  return options;
}

Result<policies::PolicySet> load_policies(const Options& options) {
  if (!options.policy_dir.empty()) return policies::PolicySet::load(options.policy_dir);
  return policies::PolicySet::load_shipped();
}

// Strangers on the network are never let in without a token.
Result<Tokens> load_tokens(const Options& options) {
  if (!options.tokens_file.empty()) return Tokens::load(options.tokens_file);
  if (!TRY(is_loopback(options.address))) {
    return Error::caller("--address: " + options.address +
                         " is not a loopback address; to listen on it, give --tokens-file");
  }
  return Tokens();
}

// A misspelt policy would be a right that nobody has, or worse, one thought to be taken away.
Result<void> check_granted_policies(const Tokens& tokens, const policies::PolicySet& policies,
                                    const std::string& file) {
  for (const Caller& caller : tokens.callers()) {
    for (const std::string& name : caller.policies) {
      if (policies.job(name)) continue;
      return Error::caller("--tokens-file " + file + ": " + caller.name +
                           " is granted the policy \"" + name + "\", which does not exist");
    }
  }
  return {};
}

std::vector<std::string> names_of(const Tokens& tokens) {
  std::vector<std::string> names;
  for (const Caller& caller : tokens.callers()) names.push_back(caller.name);
  return names;
}

// Which checksum database there is, and for which modules not, is said as to the go command.
std::string go_variable(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

// Null: this server fetches none.
Result<std::shared_ptr<runner::ModuleService>> open_modules(const Options& options) {
  if (options.module_proxy.empty()) return std::shared_ptr<runner::ModuleService>();
  runner::ModuleSettings settings;
  settings.proxies = TRY(runner::parse_proxies(options.module_proxy));
  settings.rules = {runner::parse_patterns(options.allow_modules),
                    runner::parse_patterns(options.deny_modules)};
  settings.most_bytes = options.module_cache_size;
  settings.sum_database = go_variable("GOSUMDB", settings.sum_database);
  settings.no_sum_database = go_variable("GONOSUMDB", go_variable("GOPRIVATE", ""));
  return runner::ModuleService::open(
      runner::default_module_directory(runner::GoCaches::default_root()), std::move(settings));
}

constexpr std::uint64_t kWaitingTrees = 4;  // as large as one may be; more where they are smaller

RunStore::Settings store_settings(const Options& options) {
  RunStore::Settings settings;
  settings.directory = options.data_dir;
  settings.most_bytes = options.results_cap;
  settings.most_tree_bytes = kWaitingTrees * options.upload_cap;
  settings.most_age = std::chrono::duration_cast<std::chrono::seconds>(options.results_age);
  return settings;
}

HttpSettings http_settings(const Options& options) {
  HttpSettings settings;
  settings.address = options.address;
  settings.threads = options.workers + options.queue_length + kMoreThreads;
  settings.connections =
      connections_within_file_limit(options, settings.threads + kMoreConnections);
  settings.connections_of_one = std::max<std::size_t>(1, settings.connections / 2);
  settings.limits.upload_bytes = options.upload_cap;
  settings.limits.spool_directory = options.data_dir;
  settings.held_bytes = std::max(kMinHeldBytes, kHeldBodies * options.body_cap);
  settings.limits.body_bytes = options.body_cap;
  return settings;
}

}  // namespace

struct Daemon::Parts {
  Options options;
  UniqueFd signals;
  UniqueFd launcher_end;  // readable: the launcher process is dead
  UniqueFd stopping;      // readable: preparing caches shall stop
  std::unique_ptr<sandbox::Launcher> launcher;
  Tokens tokens;
  Visitors visitors;
  Assets assets;
  policies::PolicySet policies;
  std::unique_ptr<Log> log;
  std::unique_ptr<runner::JobRunner> runner;
  std::unique_ptr<RunStore> store;
  Metrics metrics;
  std::unique_ptr<RunService> runs;
  std::unique_ptr<Health> health;
  std::optional<Services> services;
  Router router;
  Application application;
  std::unique_ptr<HttpServer> server;

  Result<void> make_services();
  Result<void> recover();
  void prepare_caches() const;
  bool prepare_cache(const policies::StagePolicy& compile, const runner::Toolchain& toolchain,
                     runner::CacheVariant variant) const;
  enum class Reason { kSignal, kLauncherGone };

  Reason wait_for_the_end() const;
  void drain() const;
};

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() = default;

Result<void> Daemon::Parts::make_services() {
  auto toolchains = TRY(runner::discover_toolchains(discovery()));
  runner::GoCaches caches(runner::GoCaches::default_root(), stopping.get());
  const std::string no_race = runner::withhold_race(toolchains, caches);
  if (!no_race.empty()) log->warning(no_race);
  runner = std::make_unique<runner::JobRunner>(
      *launcher, std::move(toolchains), std::move(caches),
      [this](const std::string& line) { log->info(line); },
      sandbox::PoolOptions{.most_parked = options.pool});
  runner->use_compile_cache(std::make_shared<runner::CompileCache>(
      runner::CompileCacheLimits{.bytes = options.compile_cache}));
  if (auto modules = TRY(open_modules(options))) {
    runner->use_modules(
        [modules] { return Result<std::shared_ptr<runner::ModuleService>>(modules); });
  }
  store = TRY(RunStore::open(store_settings(options)));
  Admission::Settings admission;
  admission.workers = options.workers;
  admission.queue_length = options.queue_length;
  admission.memory_budget = options.memory_budget;
  admission.callers = names_of(tokens);
  runs = std::make_unique<RunService>(*runner, *store, metrics, *log, std::move(admission));
  auto policy = TRY(policies.job("default"));
  TRY(policies.job(options.playground_policy));
  health = std::make_unique<Health>(*runner, std::move(policy));
  services.emplace(Services{options, tokens, visitors, policies, *runner, *runs, *store, metrics,
                            *health, *log});
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

bool Daemon::Parts::prepare_cache(const policies::StagePolicy& compile,
                                  const runner::Toolchain& toolchain,
                                  runner::CacheVariant variant) const {
  const auto made = runner->caches().prepare(*launcher, compile, toolchain, variant,
                                             [this](const std::string& line) { log->info(line); });
  if (made) return true;
  log->error(made.error().message, {{"toolchain", toolchain.name}});
  health->set_unprepared(made.error().message);
  return false;
}

// The default toolchain first: with it the server is ready.
void Daemon::Parts::prepare_caches() const {
  const auto policy = policies.job("default");
  if (!policy) return;
  if (runner->toolchains().empty()) health->set_unprepared("this host has no Go toolchain");
  for (const runner::Toolchain& toolchain : runner->toolchains()) {
    std::vector<runner::CacheVariant> variants{runner::CacheVariant::kPlain};
    if (options.fake_clock) variants.push_back(runner::CacheVariant::kFakeTime);
    for (const runner::CacheVariant variant : variants) {
      if (!prepare_cache(policy->compile, toolchain, variant)) return;
    }
    health->set_prepared();
  }
  for (const runner::Toolchain& toolchain : runner->toolchains()) {
    if (!toolchain.has_race_runtime) continue;
    if (!prepare_cache(policy->compile, toolchain, runner::CacheVariant::kRace)) return;
  }
}

// Without a launcher every run would fail, and it cannot be forked again from among threads: the
// service manager makes a new process.
Daemon::Parts::Reason Daemon::Parts::wait_for_the_end() const {
  for (;;) {
    pollfd entries[2] = {{signals.get(), POLLIN, 0}, {launcher_end.get(), POLLIN, 0}};
    const int ready = ::poll(entries, 2, kUpkeepMs);
    signalfd_siginfo info{};
    if (ready > 0 && ::read(signals.get(), &info, sizeof info) == sizeof info) {
      return Reason::kSignal;
    }
    if (ready > 0 && entries[1].revents != 0) {
      log->error("the launcher process died; no run can start any more, so the server ends");
      return Reason::kLauncherGone;
    }
    if (const auto expired = store->expire(); !expired) log->error(expired.error().message);
    ::malloc_trim(0);
  }
}

// A second signal ends the waiting.
void Daemon::Parts::drain() const {
  runs->start_draining();
  log->info("draining", {{"running", static_cast<std::int64_t>(runs->admission().running())},
                         {"waiting", static_cast<std::int64_t>(runs->admission().waiting())}});
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stopping.get(), &one, sizeof one));
  const UniqueFd drained(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::thread draining([&] {
    runs->drain(std::chrono::steady_clock::now() + options.drain_timeout);
    static_cast<void>(!::write(drained.get(), &one, sizeof one));
  });
  pollfd entries[2] = {{drained.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
  while (::poll(entries, 2, -1) < 0 && errno == EINTR) continue;
  if (entries[0].revents == 0) runs->interrupt_all();
  draining.join();
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
  parts->policies = TRY(load_policies(options));
  TRY(check_granted_policies(parts->tokens, parts->policies, options.tokens_file));
  raise_file_limit();
  parts->signals = TRY(take_signals());
  parts->stopping.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!parts->stopping) return Error::system("eventfd");
  using Degraded = sandbox::CgroupTree::Degraded;
  parts->launcher =
      TRY(sandbox::Launcher::start(options.allow_degraded ? Degraded::kAllow : Degraded::kRefuse));
  parts->launcher_end.reset(static_cast<int>(::syscall(SYS_pidfd_open, parts->launcher->pid(), 0)));
  if (!parts->launcher_end) return Error::system("pidfd_open of the launcher");
  parts->log = std::make_unique<Log>(options.quiet ? Log::Level::kWarning : Log::Level::kInfo);
  TRY(parts->make_services());
  parts->server = TRY(HttpServer::listen(http_settings(options), parts->application));
  TRY(parts->recover());
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

int Daemon::run() {
  Parts& parts = *parts_;
  // The first line: whoever asked for port 0 reads it.
  std::printf("listening on %s\n", parts.server->url().c_str());
  std::fflush(stdout);
  parts.log->info("listening",
                  {{"url", parts.server->url()},
                   {"workers", static_cast<std::int64_t>(parts.options.workers)},
                   {"queue_length", static_cast<std::int64_t>(parts.options.queue_length)}});
  std::thread preparing([&] { parts.prepare_caches(); });
  std::thread serving([&] { parts.server->run(); });
  const Parts::Reason reason = parts.wait_for_the_end();
  parts.drain();
  parts.server->stop();
  serving.join();
  preparing.join();
  parts.server.reset();  // waits for the last answers
  parts.runs.reset();
  parts.log->info("stopped");
  return reason == Parts::Reason::kSignal ? 0 : 1;
}

}  // namespace gobox::api
