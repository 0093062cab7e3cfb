// SPDX-License-Identifier: Apache-2.0

#pragma once

// Proof: what was advised after a failed run is tried. The job is run again with one change at a
// time (Go's memory limit, a busier collector, a larger limit, one compiler at a time), each change
// up to kRepeats times, and where a larger memory limit helps, the smallest that does is looked
// for. Bounded in runs and in time; the verdict of the failed run stays as it is. Says what
// happened in these runs, and no more.
//
// Runs in the caller's thread. A failure of ours in one of the runs ends the proof, not the result.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/diagnosis/hint.h"
#include "runner/job/job.h"
#include "runner/job/job_runner.h"
#include "runner/result/result.h"

namespace gobox::runner {

inline constexpr unsigned kProofRepeats = 3;

// What a proof may take. Whoever serves strangers gives less.
struct ProofBounds {
  Nanoseconds time = std::chrono::seconds(25);  // no run is begun after it
  unsigned runs = 40;                           // of all changes together
  // Only what the policy lets a caller ask for, and no stage with more memory than this.
  bool within_most = false;
  std::uint64_t memory_bytes = ~std::uint64_t{0};
};

// The largest memory limit that a proof of this job would try.
std::uint64_t most_memory_to_prove(const Job& job);

struct Proof {
  struct Tried {
    Trial trial;
    std::string setting;     // for the command line: "--gomemlimit auto"
    std::string kubernetes;  // the same in a container's manifest; may be empty
  };

  std::vector<Tried> tried;
  std::optional<std::uint64_t> least_memory;       // a limit it ended well with, several times
  std::optional<std::uint64_t> too_little_memory;  // the largest it did not end well with

  // The first change that always helped.
  const Tried* remedy() const;
};

// `job` as it was run; `result` as it came out, which the hints of get what was tried.
// Nothing is tried where the input came as a stream: it cannot be had a second time.
Proof prove(JobRunner& runner, const Job& job, JobResult& result, const ProofBounds& bounds = {});

// "tried GOMEMLIMIT=auto: ok 3 of 3"
std::string describe(const Trial& trial);

}  // namespace gobox::runner
