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
inline constexpr std::chrono::seconds kProofTime{25};  // no run is begun after it

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
Proof prove(JobRunner& runner, const Job& job, JobResult& result);

// "tried GOMEMLIMIT=auto: ok 3 of 3"
std::string describe(const Trial& trial);

}  // namespace gobox::runner
