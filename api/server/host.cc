// SPDX-License-Identifier: Apache-2.0

#include "api/server/host.h"

#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "api/runs/run_service.h"
#include "api/server/process.h"
#include "runner/golang/race_support.h"
#include "runner/golang/starter_library.h"

namespace gobox::api {
namespace {

constexpr int kUpkeepMs = 5000;  // between looks at what has expired and what memory a burst left

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

}  // namespace

Result<std::unique_ptr<Host>> Host::start(const Options& options, policies::PolicySet policies) {
  std::unique_ptr<Host> host(new Host(options));
  host->policies = std::move(policies);
  raise_file_limit();
  host->signals = TRY(take_signals());
  host->stopping.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!host->stopping) return Error::system("eventfd");
  using Degraded = sandbox::CgroupTree::Degraded;
  host->launcher =
      TRY(sandbox::Launcher::start(options.allow_degraded ? Degraded::kAllow : Degraded::kRefuse));
  host->launcher->use_scratch_directory(options.data_dir + "/scratch");
  host->launcher_end.reset(static_cast<int>(::syscall(SYS_pidfd_open, host->launcher->pid(), 0)));
  if (!host->launcher_end) return Error::system("pidfd_open of the launcher");
  host->log = std::make_unique<Log>(options.quiet ? Log::Level::kWarning : Log::Level::kInfo);
  TRY(host->make_runner());
  return host;
}

Result<void> Host::make_runner() {
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
  health = std::make_unique<SandboxHealth>(*runner, TRY(policies.job("default")));
  return {};
}

bool Host::prepare_cache(const policies::StagePolicy& compile, const runner::Toolchain& toolchain,
                         runner::CacheVariant variant) const {
  const auto made = runner->caches().prepare(*launcher, compile, toolchain, variant,
                                             [this](const std::string& line) { log->info(line); });
  if (made) return true;
  log->error(made.error().message, {{"toolchain", toolchain.name}});
  health->set_unprepared(made.error().message);
  return false;
}

void Host::prepare_caches() const {
  const auto policy = policies.job("default");
  if (!policy) return;
  if (runner->toolchains().empty()) health->set_unprepared("this host has no Go toolchain");
  // First what small programs import: they run while the rest is being compiled.
  for (const runner::Toolchain& toolchain : runner->toolchains()) {
    if (runner->caches().find(toolchain, runner::CacheVariant::kPlain)) continue;
    if (!prepare_cache(policy->compile, toolchain, runner::kStarterLibrary)) return;
  }
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
Host::Reason Host::wait_for_the_end(const std::function<void()>& upkeep) const {
  for (;;) {
    pollfd entries[2] = {{signals.get(), POLLIN, 0}, {launcher_end.get(), POLLIN, 0}};
    const int ready = ::poll(entries, 2, kUpkeepMs);
    if (ready > 0 && read_signal(signals)) return Reason::kSignal;
    if (ready > 0 && entries[1].revents != 0) {
      log->error("the launcher process died; no run can start any more, so the process ends");
      return Reason::kLauncherGone;
    }
    upkeep();
    ::malloc_trim(0);
  }
}

void Host::drain(RunService& runs) const {
  runs.start_draining();
  log->info("draining", {{"running", static_cast<std::int64_t>(runs.admission().running())},
                         {"waiting", static_cast<std::int64_t>(runs.admission().waiting())}});
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stopping.get(), &one, sizeof one));
  const UniqueFd drained(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::thread draining([&] {
    runs.drain(std::chrono::steady_clock::now() + options.drain_timeout);
    static_cast<void>(!::write(drained.get(), &one, sizeof one));
  });
  pollfd entries[2] = {{drained.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
  while (::poll(entries, 2, -1) < 0 && errno == EINTR) continue;
  if (entries[0].revents == 0) runs.interrupt_all();
  draining.join();
}

}  // namespace gobox::api
