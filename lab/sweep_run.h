// SPDX-License-Identifier: Apache-2.0

#pragma once

// run_sweep: takes a plan through its order, leaving out what the journal holds already. Knows
// neither jobs nor sandboxes: the caller measures. Stops between two runs, or where a run says it
// was interrupted; what was finished before is in the journal. Belongs to one thread.

#include <functional>
#include <optional>

#include "lab/journal.h"
#include "lab/sweep_plan.h"

namespace gobox::lab {

struct SweepProgress {
  std::size_t done = 0;  // after this run, those of earlier sessions included
  std::size_t all = 0;
  const Measurement* last = nullptr;
  double remaining_ms = 0;  // from the mean of what each cell took so far
};

struct SweepHooks {
  // Nothing where the run was interrupted.
  std::function<Result<std::optional<Measurement>>(const Turn&)> measure;
  std::function<bool()> stopped;
  std::function<void(const SweepProgress&)> progress;
};

enum class SweepEnd { kComplete, kInterrupted };

Result<SweepEnd> run_sweep(const SweepPlan& plan, Journal& journal, const SweepHooks& hooks);

}  // namespace gobox::lab
