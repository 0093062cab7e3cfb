// SPDX-License-Identifier: Apache-2.0

#include "api/server/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>

namespace gobox::api {
namespace {

// Requests that are no waiting runs: states, events, health, metrics.
constexpr std::size_t kMoreThreads = 256;
constexpr std::size_t kMoreConnections = 4096;
constexpr std::size_t kMinConnections = 8;
constexpr std::size_t kOwnFiles = 64;
constexpr std::size_t kFilesOfASandbox = 24;
constexpr std::size_t kFilesOfAConnection = 3;  // the socket, its run's events, who watches them
constexpr std::size_t kMinHeldBytes = std::size_t{64} << 20;
constexpr std::size_t kHeldBodies = 32;

// As many as leave descriptors for what they ask for.
std::size_t connections_within_file_limit(std::size_t kept, std::size_t most) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMinConnections;
  const std::size_t files = std::min<std::size_t>(limit.rlim_cur, std::size_t{1} << 24);
  const std::size_t fit = (files - std::min(files, kOwnFiles + kept)) / kFilesOfAConnection;
  return std::clamp(fit, kMinConnections, most);
}

}  // namespace

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

bool read_signal(const UniqueFd& signals) {
  signalfd_siginfo info{};
  return ::read(signals.get(), &info, sizeof info) == sizeof info;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t files_of_sandboxes(const Options& options) {
  return kFilesOfASandbox * (options.pool + std::size_t{2} * options.workers);
}

HttpSettings http_settings(const Options& options, std::size_t waiting, std::size_t kept) {
  HttpSettings settings;
  settings.address = options.address;
  settings.threads = waiting + kMoreThreads;
  settings.connections = connections_within_file_limit(kept, settings.threads + kMoreConnections);
  settings.connections_of_one = std::max<std::size_t>(1, settings.connections / 2);
  settings.limits.upload_bytes = options.upload_cap;
  settings.limits.spool_directory = options.data_dir;
  settings.held_bytes = std::max(kMinHeldBytes, kHeldBodies * options.body_cap);
  settings.limits.body_bytes = options.body_cap;
  return settings;
}

}  // namespace gobox::api
