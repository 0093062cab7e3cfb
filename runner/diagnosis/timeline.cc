// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gobox::runner {
namespace {

using std::chrono::milliseconds;

constexpr Nanoseconds kFinest = milliseconds(2);
constexpr Nanoseconds kFine = milliseconds(5);
constexpr Nanoseconds kCoarsest = milliseconds(250);
constexpr double kHeadStart = 1e6;      // nanoseconds: what a run of 100 ms may cost by kMaxShare
constexpr double kNear = 0.5;           // of a limit: from here on look closely
constexpr double kLooksUntilFull = 16;  // at the present rate of growth
constexpr int kPointsWanted = 200;      // of a quiet run

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

Nanoseconds from_double(double nanoseconds) {
  return Nanoseconds(static_cast<std::int64_t>(std::clamp(nanoseconds, 0.0, 1e15)));
}

std::string decimal(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

std::string in_ms(Nanoseconds duration) {
  return decimal(static_cast<double>(duration.count()) / 1e6);
}

}  // namespace

void Timeline::add(const TimelinePoint& point) {
  if (points_.size() >= kMaxPoints) {
    const std::size_t older = kMaxPoints * 3 / 4;
    std::size_t kept = 0;
    const TimelinePoint* const peak = fullest();
    const std::size_t peak_at = static_cast<std::size_t>(peak - points_.data());
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (i >= older || i % 2 == 0 || i == peak_at) points_[kept++] = points_[i];
    }
    points_.resize(kept);
  }
  points_.push_back(point);
}

const TimelinePoint* Timeline::fullest() const {
  const auto most = std::max_element(points_.begin(), points_.end(),
                                     [](const TimelinePoint& a, const TimelinePoint& b) {
                                       return a.memory.total_bytes < b.memory.total_bytes;
                                     });
  return most == points_.end() ? nullptr : &*most;
}

Nanoseconds SamplePace::next(const TimelinePoint& point, Nanoseconds cost) {
  const double cost_now = static_cast<double>(cost.count());
  cost_ = cost_ == 0 ? cost_now : 0.8 * cost_ + 0.2 * cost_now;
  spent_ += cost_now;
  Nanoseconds pause = std::clamp<Nanoseconds>(point.at / kPointsWanted, kFine, kCoarsest);
  const double limit = as_double(limits_.memory_bytes);
  const double used = as_double(point.memory.total_bytes);
  const double time_left = static_cast<double>((limits_.wall - point.at).count()) / kLooksUntilFull;
  const bool near = ratio(used, limit) > kNear ||
                    ratio(as_double(point.processes), as_double(limits_.pids)) > kNear;
  if (near) pause = std::max(kFinest, pause / 4);
  if (time_left > 0) pause = std::min(pause, std::max(kFine, from_double(time_left)));
  const double grown = used - as_double(last_.memory.total_bytes);
  const double passed = static_cast<double>((point.at - last_.at).count());
  if (grown > 0 && passed > 0 && limit > used) {
    const double until_full = (limit - used) / (grown / passed);
    pause = std::min(pause, std::max(kFinest, from_double(until_full / kLooksUntilFull)));
  }
  last_ = point;
  // The first look opens files and costs many times the next; it must not blind us to a quick
  // death.
  if (spent_ + cost_ <= kHeadStart) return pause;
  return std::max(pause, from_double(cost_ / kMaxShare));
}

const char* name_of(TimelineMark::Kind kind) {
  switch (kind) {
    case TimelineMark::Kind::kCollection:
      return "gc";
    case TimelineMark::Kind::kThrottled:
      return "throttled";
    case TimelineMark::Kind::kQuit:
      return "quit";
    case TimelineMark::Kind::kKilled:
      return "killed";
    case TimelineMark::Kind::kEnded:
      break;
  }
  return "ended";
}

std::string timeline_csv(const std::vector<StageTimeline>& stages) {
  std::string text =
      "stage,at_ms,memory_bytes,anonymous_bytes,file_bytes,tmpfs_bytes,memory_limit_bytes,"
      "cpu_ms,throttled_ms,processes\n";
  for (const StageTimeline& stage : stages) {
    for (const TimelinePoint& point : stage.points) {
      const auto& memory = point.memory;
      text += std::string(name_of(stage.kind)) + "," + in_ms(stage.begin + point.at) + "," +
              std::to_string(memory.total_bytes) + "," + std::to_string(memory.anonymous_bytes) +
              "," + std::to_string(memory.file_bytes) + "," + std::to_string(memory.shared_bytes) +
              "," + std::to_string(stage.limits.memory_bytes) + "," + in_ms(point.cpu) + "," +
              in_ms(point.throttled) + "," + std::to_string(point.processes) + "\n";
    }
  }
  return text;
}

std::string memory_spark(const std::vector<TimelinePoint>& points, std::uint64_t limit,
                         std::size_t width) {
  static constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (points.size() < 2 || width == 0 || limit == 0) return {};
  const double begin = static_cast<double>(points.front().at.count());
  const double span = static_cast<double>(points.back().at.count()) - begin;
  if (span <= 0) return {};
  std::vector<std::uint64_t> columns(width, 0);
  std::vector<bool> filled(width, false);
  for (const TimelinePoint& point : points) {
    const double share = (static_cast<double>(point.at.count()) - begin) / span;
    const auto column = std::min(width - 1, static_cast<std::size_t>(share * as_double(width)));
    columns[column] = std::max(columns[column], point.memory.total_bytes);
    filled[column] = true;
  }
  std::string text;
  for (std::size_t i = 0; i < width; ++i) {
    if (!filled[i] && i > 0) columns[i] = columns[i - 1];
    const double level = std::clamp(ratio(as_double(columns[i]), as_double(limit)), 0.0, 1.0);
    text += kBlocks[static_cast<std::size_t>(std::lround(level * 7))];
  }
  return text;
}

}  // namespace gobox::runner
