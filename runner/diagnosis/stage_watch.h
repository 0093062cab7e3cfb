// SPDX-License-Identifier: Apache-2.0

#pragma once

// StageWatch: looks at a running stage now and then, for the timeline and for the diagnosis. It
// only reads; whatever it cannot read is missing from the story and changes nothing else. Its
// sample() is what sandbox::Execution::sampler calls, in the supervising thread, which it does not
// hold up: it reads the control group's files itself and leaves the processes to a MemberWatch. One
// watch per run.

#include <string>
#include <vector>

#include "runner/diagnosis/member_watch.h"
#include "runner/diagnosis/probe_goroutines.h"
#include "runner/diagnosis/timeline.h"

namespace gobox::runner {

struct StageObservation {
  Timeline timeline;
  std::vector<ProcessFigure> largest;  // processes, largest first
  std::string probe_page;              // empty: none was read
  std::vector<HeapMoment> heap_history;
  RuntimeHeap heap;  // of a program without a probe
};

class StageWatch {
 public:
  StageWatch(const policies::Limits& limits, ProcessWatch::Detail detail, ProbeReader probe,
             MemberWatch::OwnProfile profile = MemberWatch::OwnProfile::kNone)
      : limits_(limits), pace_(limits), members_(detail, std::move(probe), profile) {}

  // Returns how long from now the next look should be.
  Nanoseconds sample(const sandbox::ControlGroup& group, Nanoseconds offset);

  StageObservation take();

  // The run lasted long enough to be looked at.
  bool was_long() const { return looked_closer_; }

 private:
  bool look(const sandbox::ControlGroup& group, TimelinePoint& point);
  void look_closer(const sandbox::ControlGroup& group, TimelinePoint& point);

  policies::Limits limits_;
  SamplePace pace_;
  MemberWatch members_;
  Timeline timeline_;
  TimelinePoint closer_;  // the last look at everything
  bool looked_closer_ = false;
};

}  // namespace gobox::runner
