// SPDX-License-Identifier: Apache-2.0

#pragma once

// What of the host the command of `sandbox-run exec` finds inside: its own file wherever it lies,
// and what --here, --copy, --bind and --workdir ask for. Reads the host's file system; shows
// nothing by itself, and changes nothing. A refusal is a caller's Error.

#include "base/error.h"
#include "policies/policy.h"
#include "run/options.h"
#include "runner/job/job.h"

namespace gobox::run {

// Fills job.place, with --copy job.workspace, and names the command as it is called inside.
Result<void> place_command(const Options& options, const policies::JobPolicy& policy,
                           runner::Job& job);

}  // namespace gobox::run
