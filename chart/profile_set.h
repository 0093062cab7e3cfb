// SPDX-License-Identifier: Apache-2.0

#pragma once

// ProfileSet: the profiles of one ended run as files: heap.pb.gz and goroutine.pb.gz for
// `go tool pprof`, each with its flame graph, heap.svg and goroutine.svg. What was not sampled has
// no file. Pure, thread-safe.

#include <string>
#include <vector>

#include "base/error.h"
#include "runner/diagnosis/diagnosis.h"

namespace gobox::runner {

struct ProfileFile {
  std::string name;  // "heap.pb.gz"
  std::string bytes;
};

// `ending`: how the run ended, for the pictures' titles.
Result<std::vector<ProfileFile>> profile_files(const Diagnosis& diagnosis,
                                               const std::string& ending);

}  // namespace gobox::runner
