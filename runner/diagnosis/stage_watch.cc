// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/stage_watch.h"

#include <time.h>

#include <algorithm>

namespace gobox::runner {
namespace {

using std::chrono::milliseconds;

// Most runs are over by then, and pay nothing.
constexpr Nanoseconds kFirstLook = milliseconds(3);
constexpr Nanoseconds kCloserEvery = milliseconds(10);
constexpr std::uint64_t kLeap = 8;  // a growth by this part of the limit is looked into at once

Nanoseconds thread_cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
}

}  // namespace

Nanoseconds StageWatch::sample(const sandbox::ControlGroup& group, Nanoseconds offset) {
  if (offset < kFirstLook) return kFirstLook - offset;
  const Nanoseconds before = thread_cpu_time();
  TimelinePoint point;
  point.at = offset;
  if (!look(group, point)) return kCloserEvery;
  timeline_.add(point);
  return pace_.next(point, thread_cpu_time() - before + members_.take_cost());
}

bool StageWatch::look(const sandbox::ControlGroup& group, TimelinePoint& point) {
  const auto memory = group.memory();
  if (!memory) return false;
  point.memory = *memory;
  const bool full = memory->total_bytes > limits_.memory_bytes / 4 * 3;
  const Nanoseconds every = full ? kCloserEvery / 2 : kCloserEvery;
  const bool leapt =
      memory->total_bytes > closer_.memory.total_bytes + limits_.memory_bytes / kLeap;
  if (!looked_closer_ || leapt || point.at - closer_.at >= every) {
    look_closer(group, point);
  } else {
    point.cpu = closer_.cpu;
    point.throttled = closer_.throttled;
    point.processes = closer_.processes;
  }
  return true;
}

void StageWatch::look_closer(const sandbox::ControlGroup& group, TimelinePoint& point) {
  if (const auto usage = group.usage()) {
    point.cpu = usage->cpu_total;
    point.throttled = usage->cpu_throttled;
  }
  point.processes = group.processes_now();
  if (auto pids = group.processes()) {
    members_.look(std::move(*pids), point.memory.total_bytes > limits_.memory_bytes / 4);
  }
  closer_ = point;
  looked_closer_ = true;
}

StageObservation StageWatch::take() {
  MemberWatch::Findings findings = members_.take();
  return {.timeline = std::move(timeline_),
          .largest = std::move(findings.largest),
          .probe_page = std::move(findings.probe_page),
          .heap_history = std::move(findings.heap_history),
          .heap = std::move(findings.heap)};
}

}  // namespace gobox::runner
