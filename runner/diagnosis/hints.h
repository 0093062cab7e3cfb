// SPDX-License-Identifier: Apache-2.0

#pragma once

// Hints: sentences that follow from a diagnosis, the likeliest cause first: what happened, where in
// the user's files, and what to change. A hint never names an outcome and never changes one.
//
// Rules are grouped by how the stage ended: hints_memory.cc (out of memory), hints_time.cc
// (timeouts), hints_end.cc (the program's own endings, and what is worth saying of a good one),
// hints_compile.cc, hints_settings.cc (ours), hints_clock.cc (the fake one),
// hints_tests.cc (the names of tests). Each group adds its
// hints in order; nothing to say adds nothing. Pure functions, thread-safe.

#include <functional>
#include <string>
#include <vector>

#include "policies/policy.h"
#include "runner/diagnosis/diagnosis.h"
#include "runner/diagnosis/probe_goroutines.h"
#include "runner/diagnosis/source_facts.h"
#include "runner/outcome/outcome.h"
#include "sandbox/ending.h"

namespace gobox::runner {

// What the runtime was told, as environment variables say it.
struct RuntimeSettings {
  bool gc_off = false;                        // GOGC=off
  std::optional<std::uint64_t> memory_limit;  // GOMEMLIMIT; absent: off
  bool memory_limit_automatic = false;        // ours, not the user's choice
};

class ValueFlow;

struct HintInput {
  StageKind kind = StageKind::kRun;
  Outcome outcome = Outcome::kOk;
  const sandbox::Ending& ending;
  const policies::Limits& limits;
  const Diagnosis& diagnosis;
  const SourceFacts& facts;
  ValueFlow& flow;
  RuntimeSettings settings;
  std::vector<HeapMoment> history{};     // oldest first
  std::vector<ProbeGroup> goroutines{};  // as the probe saw them
  bool race = false;                     // built with the race detector
  bool fake_time = false;                // built with Go's fake clock
  bool goroutines_wanted = false;
  std::string goroutines_refused;  // why --goroutines could not be had; empty: it could
};

// From "NAME=value" strings; the last of a name counts.
RuntimeSettings read_runtime_settings(const std::vector<std::string>& environment);

std::vector<Hint> make_hints(const HintInput& input);

// The groups, for make_hints.
void add_memory_hints(const HintInput& input, std::vector<Hint>& hints);
void add_time_hints(const HintInput& input, std::vector<Hint>& hints);
void add_end_hints(const HintInput& input, std::vector<Hint>& hints);
void add_compile_hints(const HintInput& input, std::vector<Hint>& hints);
// What the sandbox set for the program, where that changed its life.
void add_settings_hints(const HintInput& input, std::vector<Hint>& hints);

// Says in the first hint which tests did not end, where a dump tells.
void name_tests(const HintInput& input, std::vector<Hint>& hints);

// Where most of the live heap was allocated and what keeps it; false where that is not known.
bool add_site_hint(const HintInput& input, std::vector<Hint>& hints);
// The cause of a wait, from who holds which lock; false where none is found.
bool add_lock_hint(const HintInput& input, std::vector<Hint>& hints);
// Many goroutines that never end, where the probe saw them; false where they are not what fills
// the memory.
bool add_goroutine_hint(const HintInput& input, std::vector<Hint>& hints);

// A program that waits for what the fake clock never brings; false where it does not.
bool add_clock_hint(const HintInput& input, std::vector<Hint>& hints);

// Shared words.
std::string percent(double share);      // "87 %"
std::string place(const Frame& frame);  // "main.go:17 (main.work)"
std::string place(std::string_view file, int line);
const std::vector<GoroutineGroup>& groups_of(const Diagnosis& diagnosis);  // none without a dump
// The group's line in the user's code; a frame that is no place where it has none.
const Frame& user_place(const GoroutineGroup& group);
// The largest group in the user's code, at least `least` strong; nothing otherwise.
const GoroutineGroup* largest_user_group(const Diagnosis& diagnosis, std::uint64_t least);
// A ticker that is waited for by the group and never stopped, as a hint.
bool add_ticker_hint(const HintInput& input, const GoroutineGroup& group, std::vector<Hint>& hints);

}  // namespace gobox::runner
