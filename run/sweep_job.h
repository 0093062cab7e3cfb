// SPDX-License-Identifier: Apache-2.0

#pragma once

// SweepJob: the job of a sweep with one cell's settings in place. Sources are read once, when it is
// made: what is measured does not change while a sweep runs. Belongs to one thread; borrows the
// session.

#include <string>
#include <vector>

#include "base/error.h"
#include "lab/dimension.h"
#include "run/session.h"
#include "run/sweep_options.h"
#include "runner/job/job.h"

namespace gobox::run {

class SweepJob {
 public:
  static Result<SweepJob> make(Session& session, const SweepOptions& options);

  // A job of its own, ready for the runner.
  Result<runner::Job> with(const std::vector<lab::Setting>& settings) const;

  // Of everything that decides what is measured, but the settings.
  std::string fingerprint(const std::vector<std::string>& more) const;

 private:
  SweepJob(Session& session, const SweepOptions& options) : session_(session), options_(options) {}

  std::string parse_form() const;
  Result<void> place_arguments(const std::vector<lab::Setting>& settings, runner::Job& job) const;
  Result<void> give_go(runner::Job& job) const;

  Session& session_;
  const SweepOptions& options_;
  runner::Job base_;
};

}  // namespace gobox::run
