// SPDX-License-Identifier: Apache-2.0

#pragma once

// ProfileArtifacts: `"pprof": true` of a request: what diagnosis sampled of the run, as files among
// its artifacts: pprof/heap.pb.gz, pprof/heap.svg and the same of its goroutines. What was not
// sampled is missing.

#include <string>

#include "base/error.h"
#include "runner/result/result.h"

namespace gobox::api {

// `directory`: where the run's artifacts are. A name that the program has left is not taken again.
Result<void> add_profile_artifacts(runner::JobResult& result, const std::string& directory);

}  // namespace gobox::api
