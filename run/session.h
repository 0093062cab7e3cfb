// SPDX-License-Identifier: Apache-2.0

#pragma once

// Session: what every form of sandbox-run that touches a sandbox starts with, in order: signals
// become a descriptor, the launcher is forked, policies and toolchains are read.

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "policies/loader.h"
#include "runner/job/job_runner.h"
#include "sandbox/launcher.h"

namespace gobox::run {

struct Session {
  UniqueFd signals;  // readable: the user wants to stop
  std::unique_ptr<sandbox::Launcher> launcher;
  policies::PolicySet policies;
  std::unique_ptr<runner::JobRunner> runner;

  // kNone: for a command that is neither built nor shown Go, and need not wait for the search.
  enum class Toolchains { kFind, kNone };

  // `toolchain`: what the user asked for. The path of a GOROOT may lie where discovery does not
  // look.
  static Result<Session> open(sandbox::CgroupTree::Degraded degraded,
                              const std::string& toolchain = {},
                              Toolchains toolchains = Toolchains::kFind);

  // The signal that stopped us, where one did.
  std::optional<int> stop_signal() const;

  // The same, if it is one that a program is to have first (SIGINT, SIGTERM); else 0.
  int take_signal_to_forward();

  std::optional<int> taken;  // by it
};

Result<policies::PolicySet> load_policies();

// Those of this host; and the one at `wanted`, where that is the path of a GOROOT.
Result<std::vector<runner::Toolchain>> find_toolchains(const std::string& wanted = {});

}  // namespace gobox::run
