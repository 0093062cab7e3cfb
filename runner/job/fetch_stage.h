// SPDX-License-Identifier: Apache-2.0

#pragma once

// FetchStage: imports in, modules out: the go command resolves what the job's files import, inside
// a sandbox that reaches the relay (runner/modules/relay.h) and nothing else; what it verified goes
// into the store, and its completed go.mod and go.sum into the job's files. Comes in: the job's
// files. Needs: a ModuleService. Hands on: JobContext::modules.
//
// Where the same was resolved before, and all of it is still there, nothing is run. What only the
// compiler can say (a syntax error, a package the module does not have) is left to it.

#include <optional>

#include "base/error.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_executor.h"

namespace gobox::runner {

// The stage, where one was run; the job goes on only if it ended ok.
Result<std::optional<StageResult>> fetch_modules(JobContext& context, StageExecutor& executor);

// The job's modules compiled, over the prepared cache; nothing where there are none, or where they
// cannot be had that way.
Result<std::optional<Layer>> layer_of(const JobContext& context, bool for_direct);

}  // namespace gobox::runner
