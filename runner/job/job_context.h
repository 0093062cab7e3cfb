// SPDX-License-Identifier: Apache-2.0

#pragma once

// JobContext: what every stage of one job works from: the request, completed and decided. Made once
// by JobRun before the first stage, and constant while a stage runs, so stages may read it from
// several threads. Borrows the services.

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "runner/golang/build_constraint.h"
#include "runner/golang/entry.h"
#include "runner/golang/toolchain.h"
#include "runner/job/job.h"
#include "runner/job/job_services.h"
#include "runner/modules/module_service.h"

namespace gobox::runner {

class Artifacts;

// The modules of others that a job's program is built with.
struct JobModules {
  std::shared_ptr<ModuleService> service;
  Resolution resolution;
  ModuleStore::Pin pin;  // they stay where they are
};

struct JobContext {
  using Clock = std::chrono::steady_clock;

  JobContext(JobServices& shared, Job request) : services(shared), job(std::move(request)) {}

  JobServices& services;
  Job job;                                // its workspace completed: go.mod, the test's file name
  Toolchain toolchain;                    // nameless for a command
  std::filesystem::path cache;            // the toolchain's prepared one, of the job's variant
  EntryPlan entry;                        // of a program; empty for tests and commands
  std::vector<std::string> test_modules;  // kTest: where the go command stands, one after another
  std::shared_ptr<Artifacts> artifacts;   // null: none are wanted
  UniqueFd files;             // the workspace, packed for a sandbox; invalid where it is empty
  Clock::time_point start{};  // of the job's total time
  Nanoseconds before{0};      // that, taken by fetching modules
  std::optional<JobModules> modules;
  std::optional<Layer> layer;  // kTest: what `cache` is then
  std::string module_flag;     // -mod=... for the go command; "" where it decides by itself

  // Runs and tests see the job's files and their toolchain; for `kind` see StageOrder.
  const policies::StagePolicy& policy_of(StageKind kind) const;

  Nanoseconds used() const { return Clock::now() - start; }
};

// Finds the toolchain and the entry, completes the workspace, prepares the cache. Before the
// clock starts: none of it is the program's time.
Result<void> prepare_go_job(JobContext& context);

// The same for a command of the caller's: its files, if it brought any.
Result<void> prepare_command(JobContext& context);

// Which prepared cache such a build needs.
CacheVariant variant_of(const GoSettings& settings);

BuildTarget build_target_of(const JobContext& context);

// What a program is given so that it finds the go command: offline, the prepared cache read-only.
void show_go(const JobContext& context, std::vector<policies::Bind>& binds,
             std::vector<std::string>& environment);

// What a stage of the go command is given so that it finds the job's modules.
void show_modules(const JobContext& context, std::vector<policies::Bind>& binds,
                  std::vector<std::string>& environment);

// The program's standard input: sealed, or the end of an open one; invalid where it is empty.
Result<UniqueFd> standard_input_of(const Job& job);

}  // namespace gobox::runner
