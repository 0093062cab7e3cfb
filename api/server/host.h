// SPDX-License-Identifier: Apache-2.0

#pragma once

// Host: what a process is made of that runs jobs: the launcher, the policies, the JobRunner with
// the toolchains and their caches. Shared by the single server and a worker of the queue, each of
// which owns one.
//
// start() before any thread: the launcher is forked. Members are read by many threads once it has
// returned.

#include <functional>
#include <memory>

#include "api/operation/log.h"
#include "api/operation/options.h"
#include "api/server/health.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "policies/loader.h"
#include "runner/job/job_runner.h"
#include "sandbox/launcher.h"

namespace gobox::api {

class RunService;

struct Host {
  const Options& options;
  UniqueFd signals;
  UniqueFd stopping;  // readable: preparing caches shall stop
  std::unique_ptr<sandbox::Launcher> launcher;
  UniqueFd launcher_end;  // readable: the launcher process is dead
  policies::PolicySet policies;
  std::unique_ptr<Log> log;
  std::unique_ptr<runner::JobRunner> runner;
  std::unique_ptr<SandboxHealth> health;

  static Result<std::unique_ptr<Host>> start(const Options& options, policies::PolicySet policies);

  // The default toolchain first: with it the host is ready. Returns when all are there, or when
  // drain() begins.
  void prepare_caches() const;

  enum class Reason { kSignal, kLauncherGone };

  // Until one of them; `upkeep` is called every few seconds.
  Reason wait_for_the_end(const std::function<void()>& upkeep) const;

  // Waits for what runs, for as long as the options say or until a second signal, and ends the
  // rest.
  void drain(RunService& runs) const;

 private:
  explicit Host(const Options& how) : options(how) {}

  Result<void> make_runner();
  bool prepare_cache(const policies::StagePolicy& compile, const runner::Toolchain& toolchain,
                     runner::CacheVariant variant) const;
};

}  // namespace gobox::api
