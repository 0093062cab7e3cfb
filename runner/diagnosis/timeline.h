// SPDX-License-Identifier: Apache-2.0

#pragma once

// Timeline: what a stage used over time, sampled from its control group. Bounded: when full, every
// other of the older points is dropped, so that the end, where it matters, stays fine.
//
// SamplePace says when to look next: fine near a limit or when it is approached fast, coarse in a
// long quiet run, and never so often that looking costs more than kMaxShare of one CPU (or of the
// first 100 ms, in a shorter run).
// render as CSV here, as SVG in chart/timeline_svg.h. Offsets are nanoseconds since the stage's
// program was started. Values; not thread-safe.

#include <cstdint>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "policies/policy.h"
#include "runner/outcome/outcome.h"
#include "sandbox/cgroup/control_group.h"

namespace gobox::runner {

struct TimelinePoint {
  Nanoseconds at{0};
  sandbox::MemorySample memory;
  Nanoseconds cpu{0};        // since the start, user and system
  Nanoseconds throttled{0};  // since the start
  std::uint64_t processes = 0;
};

class Timeline {
 public:
  static constexpr std::size_t kMaxPoints = 1024;

  void add(const TimelinePoint& point);

  const std::vector<TimelinePoint>& points() const { return points_; }

  // The point with the most memory; nothing when there is none.
  const TimelinePoint* fullest() const;

 private:
  std::vector<TimelinePoint> points_;
};

// A moment worth a mark.
struct TimelineMark {
  enum class Kind { kCollection, kThrottled, kQuit, kKilled, kEnded };

  Kind kind = Kind::kEnded;
  Nanoseconds at{0};
};

struct StageTimeline {
  StageKind kind = StageKind::kRun;
  Outcome outcome = Outcome::kOk;
  Nanoseconds begin{0};  // since the job's start
  Nanoseconds wall{0};
  policies::Limits limits;
  std::vector<TimelinePoint> points;
  std::vector<TimelineMark> marks;
};

class SamplePace {
 public:
  static constexpr double kMaxShare = 0.01;

  explicit SamplePace(const policies::Limits& limits) : limits_(limits) {}

  // After a look at `point` that cost `cost` of CPU time: how long until the next.
  Nanoseconds next(const TimelinePoint& point, Nanoseconds cost);

 private:
  policies::Limits limits_;
  double cost_ = 0;   // of one look, smoothed, nanoseconds
  double spent_ = 0;  // on all looks
  TimelinePoint last_;
};

// "stage,at_ms,total_bytes,..." and a line per point; at_ms counts from the job's start.
std::string timeline_csv(const std::vector<StageTimeline>& stages);

// Memory over time as one line of block characters, the limit as full height.
std::string memory_spark(const std::vector<TimelinePoint>& points, std::uint64_t limit,
                         std::size_t width);

const char* name_of(TimelineMark::Kind kind);

}  // namespace gobox::runner
