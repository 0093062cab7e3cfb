#pragma once

// The Job that a command line asks for, all but its policy: its inputs read and checked.

#include <string>

#include "base/error.h"
#include "run/options.h"
#include "runner/job/job.h"

namespace gobox::run {

// `form`: "run", "exec" or "test".
Result<runner::Job> make_job(const std::string& form, const Options& options);

}  // namespace gobox::run
