// SPDX-License-Identifier: Apache-2.0

#include "run/session.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "run/caller_modules.h"
#include "run/report.h"
#include "runner/golang/race_support.h"

namespace gobox::run {
namespace {

// Blocked and read instead of handled: the supervisor's poll sees them like any other event.
// SIGPIPE is among them: a reader of ours that went away ends the run, as in any pipeline.
Result<UniqueFd> take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&set, signal);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return Error::system("sigprocmask");
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return Error::system("signalfd");
  return signals;
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

// A shell's soft limit may be small; what counts is what we may have. Programs get their own.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<std::vector<runner::Toolchain>> find_toolchains(const std::string& wanted) {
  auto toolchains = TRY(runner::discover_toolchains(discovery()));
  if (!wanted.starts_with('/')) return toolchains;
  auto named = runner::inspect_toolchain(wanted);
  if (!named) return std::move(named).error().within("--toolchain");
  const bool known = std::any_of(toolchains.begin(), toolchains.end(),
                                 [&](const auto& other) { return other.goroot == named->goroot; });
  if (!known) toolchains.push_back(std::move(*named));
  return toolchains;
}

Result<policies::PolicySet> load_policies() {
  return policies::PolicySet::load_shipped();
}

Result<Session> Session::open(sandbox::CgroupTree::Degraded degraded, const std::string& toolchain,
                              Toolchains which) {
  raise_file_limit();
  UniqueFd signals = TRY(take_signals());
  auto launcher = TRY(sandbox::Launcher::start(degraded));
  policies::PolicySet policies = TRY(load_policies());
  std::vector<runner::Toolchain> toolchains;
  if (which == Toolchains::kFind) toolchains = TRY(find_toolchains(toolchain));
  launcher->use_scratch_directory(runner::GoCaches::default_root() / "scratch");
  runner::GoCaches caches(runner::GoCaches::default_root(), signals.get());
  static_cast<void>(runner::withhold_race(toolchains, caches));  // who asks for it is told
  auto job_runner =
      std::make_unique<runner::JobRunner>(*launcher, std::move(toolchains), std::move(caches),
                                          [](const std::string& line) { print_error(line); });
  const std::string go =
      job_runner->toolchains().empty() ? "go" : job_runner->toolchains().front().go_command();
  job_runner->use_modules(caller_modules(ModuleChoice::kAuto, "", go));
  return Session{std::move(signals), std::move(launcher), std::move(policies),
                 std::move(job_runner), std::nullopt};
}

std::optional<int> Session::stop_signal() const {
  if (taken) return taken;
  signalfd_siginfo info{};
  if (::read(signals.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

int Session::take_signal_to_forward() {
  taken = stop_signal();
  return taken == SIGINT || taken == SIGTERM ? *taken : 0;
}

}  // namespace gobox::run
