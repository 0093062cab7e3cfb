// SPDX-License-Identifier: Apache-2.0

#pragma once

// Ending: the evidence of how a run ended, as the kernel and the supervisor recorded it. No verdict
// here: runner/outcome/outcome.h draws it. Plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "sandbox/cgroup/control_group.h"

namespace gobox::sandbox {

// Why the supervisor killed the sandbox; the first reason stands.
enum class KillReason {
  kNone,
  kWallLimit,
  kTotalLimit,
  kCpuLimit,
  kOutputLimit,
  kViolation,
  kCanceled
};

struct LeakedProcess {
  int pid = 0;  // as the program knew it
  int ppid = 0;
  std::string command;
  char state = '?';  // proc(5): R, S, D, T, ...
  Nanoseconds age{0};
  std::vector<std::string> open_files;  // what it held open; bounded
};

struct Violation {
  std::string syscall;
  std::vector<std::uint64_t> arguments;
  int pid = 0;
};

// A piece of output as it arrived.
struct OutputChunk {
  bool is_stderr = false;
  Nanoseconds offset{0};  // since the program was started
  std::string bytes;
};

struct Ending {
  KillReason killed = KillReason::kNone;
  Nanoseconds limit{0};  // of the time limit that fired
  Nanoseconds used{0};
  int forwarded = 0;  // kCanceled: the signal the program got first, with time to end by itself

  std::size_t program = 0;  // which of Execution::programs was the last to start

  // The main process; absent when it was still alive at the kill.
  std::optional<int> exit_code;
  std::optional<int> signal;

  Nanoseconds setup{0};   // waited for the sandbox
  bool prepared = false;  // it was parked, made ahead
  Nanoseconds wall{0};
  GroupUsage usage;  // of the run, set-up excluded where the kernel's counter allows

  std::vector<OutputChunk> output;
  bool stdout_truncated = false;
  bool stderr_truncated = false;
  std::uint64_t stdout_omitted = 0;  // bytes that were read and not kept
  std::uint64_t stderr_omitted = 0;
  std::string after_quit;  // stderr printed between SIGQUIT and the end: Go's goroutine dump

  std::vector<LeakedProcess> leaked;
  std::optional<Violation> violation;
  std::vector<Violation> refused;  // Explain: every call the policy refused, once per name
  bool more_refused = false;       // and others, which the list has no room for

  std::string text(bool of_stderr) const;
};

}  // namespace gobox::sandbox
