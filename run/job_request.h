// SPDX-License-Identifier: Apache-2.0

#pragma once

// The Job that a command line asks for: its inputs read, as large as its policy lets them be, and
// checked.

#include <string>

#include "base/error.h"
#include "run/options.h"
#include "runner/job/job.h"

namespace gobox::run {

// `form`: "run", "exec" or "test". `policy`: with the flags' values in place (apply_to_policy).
Result<runner::Job> make_job(const std::string& form, const Options& options,
                             const policies::JobPolicy& policy);

}  // namespace gobox::run
