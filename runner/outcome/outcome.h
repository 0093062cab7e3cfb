// SPDX-License-Identifier: Apache-2.0

#pragma once

// Outcome: the verdict on a stage, drawn from kernel evidence (sandbox/ending.h) by a fixed
// precedence, and the verdict on a job, drawn from its stages. Never from peak against limit, and
// from a program's text only to tell a race report's exit status from another's. Pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "policies/policy.h"
#include "sandbox/ending.h"

namespace gobox::runner {

// Highest precedence first.
enum class Outcome {
  kSandboxError,
  kCanceled,
  kOom,
  kTimeout,
  kOutputLimit,
  kPolicyViolation,
  kRaceDetected,
  kFetchError,
  kCompileError,
  kPidsLimit,
  kSignaled,
  kExited,
  kLeakedProcesses,
  kOk,
};

enum class StageKind { kFetch, kCompile, kVet, kRun, kTest };

// "fetch", "compile", "vet", "run", "test"; "ok", "oom", ...: the contract's words.
const char* name_of(StageKind kind);
const char* name_of(Outcome outcome);

struct StageContext {
  StageKind kind = StageKind::kRun;
  bool race = false;  // built with the race detector
};

Outcome judge(const sandbox::Ending& ending, const StageContext& context);

// One plain sentence with the figures.
std::string explain(Outcome outcome, const sandbox::Ending& ending, StageKind kind,
                    const policies::Limits& limits);

// The exit status of sandbox-run for a job that ended so.
int exit_status(Outcome outcome, std::optional<int> exit_code, std::optional<int> signal);

// "SIGSEGV"; "SIG64" for a number without a name.
std::string signal_name(int signal);

}  // namespace gobox::runner
