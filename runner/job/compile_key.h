// SPDX-License-Identifier: Apache-2.0

#pragma once

// CompileKey: the name under which a finished compile stage is kept in the CompileCache: a hash of
// everything that reaches the stage. What is added to a compile must be added here.

#include "base/sha256.h"
#include "runner/job/job_context.h"
#include "runner/job/stage_order.h"

namespace gobox::runner {

// `order.inputs` must be set: the sources are part of the key.
Sha256Digest compile_key(const JobContext& context, const StageOrder& order);

}  // namespace gobox::runner
