// SPDX-License-Identifier: Apache-2.0

#pragma once

// MemberWatch: looks at the processes of a running stage, for their sizes and names and for the
// probe's page, without holding up whoever asks: the looks are taken by a thread on the side,
// because a process can keep its onlookers waiting (base/side_thread.h). A look asked for while one
// is still out is not taken, and what is not back in time is missing from the story.
//
// One watch per run; called by one thread.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "base/side_thread.h"
#include "runner/diagnosis/probe.h"
#include "runner/diagnosis/probe_goroutines.h"
#include "runner/diagnosis/process_watch.h"
#include "runner/diagnosis/runtime_heap.h"

namespace gobox::runner {

class MemberWatch {
 public:
  // Which programs' own heap profile is read (runtime_heap.h).
  enum class OwnProfile {
    kNone,
    kWhenFull,  // only where there is something to explain
    kAlways,    // from the beginning: sampling may have to be turned on
  };

  struct Findings {
    std::vector<ProcessFigure> largest;  // processes, largest first
    std::string probe_page;              // empty: none was read
    std::vector<HeapMoment> heap_history;
    RuntimeHeap heap;
  };

  MemberWatch(ProcessWatch::Detail detail, ProbeReader probe, OwnProfile profile);

  // `is_full`: a good part of the memory limit is in use.
  void look(std::vector<pid_t> pids, bool is_full);

  // CPU time of the looks that came back since the last call.
  Nanoseconds take_cost();

  // What was found so far; waits a moment for a look that is out.
  Findings take();

 private:
  struct Shared;

  const OwnProfile profile_;
  std::shared_ptr<Shared> shared_;
  SideThread side_;
};

}  // namespace gobox::runner
