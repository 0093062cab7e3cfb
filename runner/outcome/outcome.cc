// SPDX-License-Identifier: Apache-2.0

#include "runner/outcome/outcome.h"

#include <signal.h>

#include <cstring>

namespace gobox::runner {
namespace {

using sandbox::Ending;
using sandbox::KillReason;

constexpr int kRaceExitCode = 66;  // GORACE's default exitcode
constexpr int kFailedTestExitCode = 1;

bool failed(const Ending& ending) {
  return ending.signal.has_value() || ending.exit_code.value_or(0) != 0;
}

// A test binary's own status comes before the detector's: package testing fails the test during
// which there was a race, and exits with 1.
bool reports_race(const Ending& ending, StageKind kind) {
  const bool failed_test = kind == StageKind::kTest && ending.exit_code == kFailedTestExitCode;
  return (ending.exit_code == kRaceExitCode || failed_test) &&
         ending.text(true).find("WARNING: DATA RACE") != std::string::npos;
}

std::string limit_sentence(const Ending& ending, const char* what) {
  return std::string("reached the ") + what + " limit of " + format_duration(ending.limit) +
         " after " + format_duration(ending.used);
}

std::string timeout_sentence(const Ending& ending) {
  switch (ending.killed) {
    case KillReason::kCpuLimit:
      return limit_sentence(ending, "CPU time");
    case KillReason::kTotalLimit:
      return limit_sentence(ending, "total time");
    default:
      return limit_sentence(ending, "wall time");
  }
}

std::string oom_sentence(const Ending& ending, const policies::Limits& limits) {
  const std::uint64_t kills = ending.usage.oom_kills;
  return "ran out of memory: the kernel killed " + std::to_string(kills) +
         (kills == 1 ? " process" : " processes") + " at the limit of " +
         format_size(limits.memory_bytes) + " (peak " +
         format_size(ending.usage.memory_peak_bytes) + ")";
}

std::string leak_sentence(const Ending& ending) {
  const std::size_t count = ending.leaked.size();
  return "exited 0 and left " + std::to_string(count) + (count == 1 ? " process" : " processes") +
         " running; all were killed";
}

std::string end_sentence(const Ending& ending) {
  if (ending.signal) return "was killed by " + signal_name(*ending.signal);
  return "exited with status " + std::to_string(ending.exit_code.value_or(0));
}

std::string cancel_sentence(const Ending& ending, const policies::Limits& limits) {
  const std::string text = "was canceled by the caller";
  if (ending.forwarded == 0) return text;
  const std::string passed = text + ": it was sent " + signal_name(ending.forwarded) + ", and ";
  if (ending.exit_code) return passed + "exited with status " + std::to_string(*ending.exit_code);
  if (ending.signal == ending.forwarded) return passed + "ended";
  return passed + "killed after the grace of " + format_duration(limits.grace);
}

}  // namespace

const char* name_of(StageKind kind) {
  switch (kind) {
    case StageKind::kFetch:
      return "fetch";
    case StageKind::kCompile:
      return "compile";
    case StageKind::kVet:
      return "vet";
    case StageKind::kTest:
      return "test";
    case StageKind::kRun:
      break;
  }
  return "run";
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSandboxError:
      return "sandbox_error";
    case Outcome::kCanceled:
      return "canceled";
    case Outcome::kOom:
      return "oom";
    case Outcome::kTimeout:
      return "timeout";
    case Outcome::kOutputLimit:
      return "output_limit";
    case Outcome::kPolicyViolation:
      return "policy_violation";
    case Outcome::kRaceDetected:
      return "race_detected";
    case Outcome::kFetchError:
      return "fetch_error";
    case Outcome::kCompileError:
      return "compile_error";
    case Outcome::kPidsLimit:
      return "pids_limit";
    case Outcome::kSignaled:
      return "signaled";
    case Outcome::kExited:
      return "exited";
    case Outcome::kLeakedProcesses:
      return "leaked_processes";
    case Outcome::kOk:
      break;
  }
  return "ok";
}

Outcome judge(const Ending& ending, const StageContext& context) {
  if (ending.killed == KillReason::kCanceled) return Outcome::kCanceled;
  if (ending.usage.oom_kills > 0) return Outcome::kOom;
  switch (ending.killed) {
    case KillReason::kWallLimit:
    case KillReason::kTotalLimit:
    case KillReason::kCpuLimit:
      return Outcome::kTimeout;
    case KillReason::kOutputLimit:
      return Outcome::kOutputLimit;
    case KillReason::kViolation:
      return Outcome::kPolicyViolation;
    case KillReason::kNone:
    case KillReason::kCanceled:
      break;
  }
  if (context.race && reports_race(ending, context.kind)) return Outcome::kRaceDetected;
  if (context.kind == StageKind::kFetch && failed(ending)) return Outcome::kFetchError;
  if (context.kind == StageKind::kCompile && failed(ending)) return Outcome::kCompileError;
  if (failed(ending) && ending.usage.pids_refused > 0) return Outcome::kPidsLimit;
  if (ending.signal) return Outcome::kSignaled;
  if (ending.exit_code != 0) return Outcome::kExited;
  return ending.leaked.empty() ? Outcome::kOk : Outcome::kLeakedProcesses;
}

std::string explain(Outcome outcome, const Ending& ending, StageKind kind,
                    const policies::Limits& limits) {
  const std::string stage = std::string("stage ") + name_of(kind) + " ";
  switch (outcome) {
    case Outcome::kCanceled:
      return stage + cancel_sentence(ending, limits);
    case Outcome::kOom:
      return stage + oom_sentence(ending, limits);
    case Outcome::kTimeout:
      return stage + timeout_sentence(ending);
    case Outcome::kOutputLimit:
      return stage + "wrote more than " + format_size(limits.output_bytes) + " to " +
             (ending.stdout_truncated ? "stdout" : "stderr");
    case Outcome::kPolicyViolation:
      return stage + "made the forbidden system call " +
             (ending.violation ? ending.violation->syscall : "of an unknown name");
    case Outcome::kRaceDetected:
      return stage + "has a data race";
    case Outcome::kFetchError:
      return stage + "failed: the modules could not be had";
    case Outcome::kCompileError:
      return ending.signal ? stage + "failed: the compiler " + end_sentence(ending)
                           : stage + "failed: the program does not compile";
    case Outcome::kPidsLimit:
      return stage + end_sentence(ending) + " after the kernel refused " +
             std::to_string(ending.usage.pids_refused) +
             " processes or threads over the limit of " + std::to_string(limits.pids);
    case Outcome::kLeakedProcesses:
      return stage + leak_sentence(ending);
    case Outcome::kSignaled:
    case Outcome::kExited:
      return stage + end_sentence(ending);
    case Outcome::kSandboxError:
    case Outcome::kOk:
      break;
  }
  return stage + "ended normally";
}

int exit_status(Outcome outcome, std::optional<int> exit_code, std::optional<int> signal) {
  switch (outcome) {
    case Outcome::kSandboxError:
      return 125;
    case Outcome::kCanceled:
      return 130;
    case Outcome::kOom:
      return 137;
    case Outcome::kTimeout:
      return 124;
    case Outcome::kOutputLimit:
      return 122;
    case Outcome::kPolicyViolation:
      return 123;
    case Outcome::kFetchError:
      return 119;
    case Outcome::kCompileError:
      return 120;
    case Outcome::kLeakedProcesses:
      return 121;
    case Outcome::kRaceDetected:
    case Outcome::kPidsLimit:
    case Outcome::kSignaled:
    case Outcome::kOk:
      break;
    case Outcome::kExited:
      // Status 0 of a test binary whose tests were not over.
      if (!signal && exit_code.value_or(0) == 0) return 1;
      break;
  }
  return signal ? 128 + *signal : exit_code.value_or(0);
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "SIG" + std::to_string(signal);
}

}  // namespace gobox::runner
