// SPDX-License-Identifier: Apache-2.0

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
#include "runner/modules/resolution.h"
#include "runner/outcome/outcome.h"
#include "runner/source/scratch.h"
#include "runner/testing/package_tests.h"
#include "sandbox/ending.h"

namespace gobox::runner {

struct StageResult {
  StageKind kind = StageKind::kRun;
  Outcome outcome = Outcome::kOk;
  std::string message;
  sandbox::Ending ending;
  policies::Limits limits;
  LeftoverFiles leftover;
  std::uint64_t not_kept = 0;     // entries of /work that could not be copied out as was asked
  bool direct = false;            // compiled without the go command
  std::string why_not_direct;     // what the go command was needed for; "" where it was not asked
  std::optional<bool> retryable;  // kFetchError: the same may succeed later
  std::optional<Diagnosis> diagnosis;  // absent where nothing ran
  StageTimeline timeline;
  std::string package;  // a test stage's, where a job has several
};

struct Isolation {
  std::string cgroup;  // "v2", "v1", "hybrid", "none"
  std::vector<std::string> namespaces;
  bool seccomp = true;
  std::string user;
  std::vector<std::string> not_enforced;  // with --allow-degraded
};

// A file that a job left and its caller asked for.
struct Artifact {
  std::string name;  // its path below the workspace
  std::uint64_t bytes = 0;
  std::string sha256;  // in hexadecimal
  std::string href;    // where a server has it; ""
};

struct JobResult {
  std::string id;
  Outcome outcome = Outcome::kOk;
  std::optional<StageKind> stage;  // that decided; none where no stage was reached
  std::string message;
  std::vector<StageResult> stages;
  std::vector<PackageTests> tests;
  std::vector<Artifact> artifacts;
  std::string cover_profile;  // of all packages, as go test -coverprofile merges it; "" for none
  std::vector<std::string> hints;
  Nanoseconds total{0};
  Nanoseconds queued{0};
  bool compile_cached = false;
  bool shows_timeline = false;      // the caller asked for it
  std::optional<bool> retryable;    // of the deciding stage
  std::vector<UsedModule> modules;  // of others, whose packages are built in
  std::string module_notes;         // how their versions were chosen, in the go command's words
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
