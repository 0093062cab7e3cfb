// SPDX-License-Identifier: Apache-2.0

#pragma once

// ProfileFiles: --pprof DIR: the profiles of a job's result as files: heap.pb.gz and
// goroutine.pb.gz for `go tool pprof`, and a flame graph of each beside it, heap.svg and
// goroutine.svg.

#include <string>

#include "base/error.h"
#include "runner/result/result.h"

namespace gobox::run {

// Before the job runs: the directory is there, or a caller's Error.
Result<void> make_profile_directory(const std::string& directory);

// Says on stderr what there was no profile of, and why.
Result<void> write_profiles(const runner::JobResult& result, const std::string& directory);

}  // namespace gobox::run
