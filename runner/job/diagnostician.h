// SPDX-License-Identifier: Apache-2.0

#pragma once

// Diagnostician: the diagnosis of one job, from the probe beside its sources to the hints of each
// stage. CompileStage asks it for the probe, StageExecutor to watch and explain each stage; it owns
// what lives between those moments. It never fails a job: what it cannot do is missing from the
// diagnosis, or said in a hint.
//
// One per job. What is const may be called for several stages at once. The watched execution holds
// references into the StageWatcher: keep that alive until the run is over.

#include <memory>
#include <string>
#include <vector>

#include "runner/diagnosis/hints.h"
#include "runner/diagnosis/report_filter.h"
#include "runner/diagnosis/stage_watch.h"
#include "runner/golang/entry.h"
#include "runner/golang/probe_source.h"
#include "runner/job/job.h"
#include "sandbox/sandbox.h"

namespace gobox::runner {

// Everything that listens to one run.
struct StageWatcher {
  StageWatcher(const policies::Limits& limits, ProcessWatch::Detail detail, ProbeReader probe,
               MemberWatch::OwnProfile profile)
      : watch(limits, detail, std::move(probe), profile) {}

  StageWatch watch;
  GcTraceFilter gc;
  GcTraceBudget gc_budget;
  ReportFilter report;
  bool filters_gc = false;
  bool filters_report = false;
  std::vector<std::string> environment;  // of the program
  Nanoseconds begin{0};                  // of the stage, since the job's start
};

class Diagnostician {
 public:
  // What the compile stage builds: the job's files, and the probe where it can be had.
  Workspace sources_with_probe(const Job& job, const EntryPlan& entry);

  bool has_probe() const { return !placement_.path.empty(); }

  // Named files are built by name, so the probe's must be named too; empty otherwise.
  std::vector<std::string> more_build_arguments(const Job& job) const;

  // Whether a failed compilation is the probe's fault. Then: compile without it, and forget it.
  bool is_to_blame(const StageResult& compile) const;
  void forget_probe();

  // Sets the execution's sampler and filter, and the program's GODEBUG. `binary` is -1 for a stage
  // that does not run the job's own program.
  std::unique_ptr<StageWatcher> watch(const Job& job, StageKind kind,
                                      const policies::Limits& limits, int binary, Nanoseconds begin,
                                      sandbox::Execution& execution) const;

  // Fills the stage's diagnosis and timeline; its outcome stands already.
  void diagnose(const Job& job, StageWatcher& watcher, StageResult& stage) const;

 private:
  ProbePlacement placement_;
};

}  // namespace gobox::runner
