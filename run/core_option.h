// SPDX-License-Identifier: Apache-2.0

#pragma once

// CoreOption: --core FILE: the file a core of the dying program goes to, and beside it the program
// itself, FILE.program, which a debugger wants too. Both are made before anything runs, so that a
// path that cannot be written is refused then, and taken away again where no core was kept.

#include <memory>
#include <string>

#include "base/error.h"
#include "policies/policy.h"
#include "runner/job/job.h"

namespace gobox::run {

// Written are at most the memory limit and a little more (stacks of other threads, the vdso).
Result<std::shared_ptr<sandbox::CoreOrder>> open_core(const std::string& file,
                                                      const policies::Limits& limits);

// Says on stderr what was kept, or why nothing was. When the job is over.
void report_core(const std::shared_ptr<sandbox::CoreOrder>& core, const std::string& file);

}  // namespace gobox::run
