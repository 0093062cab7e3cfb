#pragma once

// JobResult: what a job is answered with, by the command line and over HTTP alike. Plain data;
// runner/result/result_json.h renders it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/policy.h"
#include "runner/diagnosis/diagnosis.h"
#include "runner/diagnosis/timeline.h"
#include "runner/outcome/outcome.h"
#include "runner/source/scratch.h"
#include "sandbox/ending.h"

namespace gobox::runner {

struct StageResult {
  StageKind kind = StageKind::kRun;
  Outcome outcome = Outcome::kOk;
  std::string message;
  sandbox::Ending ending;
  policies::Limits limits;
  LeftoverFiles leftover;
  std::uint64_t not_kept = 0;  // entries of /work that could not be copied out as was asked
  bool direct = false;         // compiled without the go command
  std::string why_not_direct;  // what the go command was needed for; "" where it was not asked
  std::optional<Diagnosis> diagnosis;  // absent where nothing ran
  StageTimeline timeline;
};

struct Isolation {
  std::string cgroup;  // "v2", "v1", "hybrid", "none"
  std::vector<std::string> namespaces;
  bool seccomp = true;
  std::string user;
  std::vector<std::string> not_enforced;  // with --allow-degraded
};

struct JobResult {
  std::string id;
  Outcome outcome = Outcome::kOk;
  std::optional<StageKind> stage;  // that decided; none where no stage was reached
  std::string message;
  std::vector<StageResult> stages;
  std::vector<std::string> hints;
  Nanoseconds total{0};
  Nanoseconds queued{0};
  bool compile_cached = false;
  bool shows_timeline = false;  // the caller asked for it
  std::string toolchain;
  std::string policy;
  Isolation isolation;

  // The stage whose output, exit code and signal are the job's: the last that ran the program, or
  // the deciding one when nothing ran.
  const StageResult* deciding() const;

  // The stage whose diagnosis is the job's: the one that decided, which vet never does.
  const StageResult* explained() const;
};

}  // namespace gobox::runner
