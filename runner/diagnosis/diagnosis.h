// SPDX-License-Identifier: Apache-2.0

#pragma once

// Diagnosis: what is known about why a stage ended as it did, assembled from the kernel's counters,
// the samples taken while it ran and the texts the Go runtime and the compiler printed.
//
// What it is not: a verdict. The outcome is drawn first (runner/outcome/outcome.h) and nothing here
// can change it; texts may be forged by the program, and a forged one costs no more than a true
// one. Plain data and one pure function. Memory is bounded by the parsers' own bounds. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "runner/diagnosis/compiler_message.h"
#include "runner/diagnosis/gctrace.h"
#include "runner/diagnosis/goroutine_dump.h"
#include "runner/diagnosis/hint.h"
#include "runner/diagnosis/probe.h"
#include "runner/diagnosis/process_watch.h"
#include "runner/diagnosis/race_report.h"
#include "runner/diagnosis/runtime_message.h"
#include "sandbox/cgroup/control_group.h"

namespace gobox::sandbox {
struct Ending;
}

namespace gobox::runner {

struct StageObservation;

// When memory was fullest.
struct MemoryDiagnosis {
  sandbox::MemorySample fullest;
  Nanoseconds at{0};
  double growth_per_second = 0;             // bytes, over the last climb to the fullest
  std::optional<Nanoseconds> half_to_full;  // from the last time under 50 % of the limit to the end
  std::optional<ProcessFigure> largest;     // process
};

struct CpuDiagnosis {
  double used_share = 0;           // of what --cpus allowed over the wall time, 0 to 1
  double system_share = 0;         // of the CPU time used
  double throttled_share = 0;      // of the wall time
  std::optional<double> gc_share;  // of the CPU time the program could have had, as Go counts it
};

struct CompileDiagnosis {
  std::vector<CompilerMessage> killed;  // tools ended by a signal
  std::vector<ProcessFigure> largest;   // the five largest tools
  std::optional<unsigned> parallelism_that_fits;
};

struct Diagnosis {
  std::vector<Hint> hints;  // the likeliest first
  std::optional<RuntimeMessage> message;
  std::optional<GoroutineDump> goroutines;
  bool goroutines_at_exit = false;  // the dump is of the end of main, not of a death
  std::vector<Race> races;
  std::optional<std::uint64_t> races_found;
  std::optional<GcSummary> gc;
  std::optional<HeapReport> heap;
  std::optional<MemoryDiagnosis> memory;
  std::optional<CpuDiagnosis> cpu;
  std::optional<CompileDiagnosis> compile;
};

// What was gathered. Everything but the ending and its limits may be absent.
struct Evidence {
  const sandbox::Ending* ending = nullptr;
  const StageObservation* observation = nullptr;
  std::optional<GcSummary> gc;
  std::string goroutine_report;  // of --goroutines
  std::uint64_t memory_limit = 0;
  double cpus = 1;
  bool is_compile = false;
  bool race = false;
  UserPaths paths;
};

// The facts, without hints (runner/diagnosis/hints.h).
Diagnosis assemble_diagnosis(const Evidence& evidence);

}  // namespace gobox::runner
