// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/member_watch.h"

#include <time.h>

#include <atomic>
#include <utility>

namespace gobox::runner {
namespace {

constexpr std::size_t kMaxFigures = 16;
// The stage is over when the findings are asked for, and whatever held a look up is dead.
constexpr auto kPatience = std::chrono::milliseconds(50);

Nanoseconds thread_cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
}

}  // namespace

// Touched by the thread that has the look, and by the owner while none is out.
struct MemberWatch::Shared {
  ProcessWatch processes;
  ProbeReader probe;
  HeapHistory history;
  RuntimeHeap heap;
  std::atomic<std::int64_t> cost{0};  // nanoseconds

  void look(const std::vector<pid_t>& pids, bool at_heap) {
    const Nanoseconds before = thread_cpu_time();
    processes.look(pids);
    probe.look(pids);
    history.look(probe.page());
    if (at_heap) heap.look(pids);
    cost += (thread_cpu_time() - before).count();
  }
};

MemberWatch::MemberWatch(ProcessWatch::Detail detail, ProbeReader probe, OwnProfile profile)
    : profile_(probe.has_page() ? OwnProfile::kNone : profile),
      shared_(new Shared{.processes = ProcessWatch(detail),
                         .probe = std::move(probe),
                         .history = {},
                         .heap = {}}) {}

void MemberWatch::look(std::vector<pid_t> pids, bool is_full) {
  const bool at_heap =
      profile_ == OwnProfile::kAlways || (profile_ == OwnProfile::kWhenFull && is_full);
  side_.begin([shared = shared_, pids = std::move(pids), at_heap] { shared->look(pids, at_heap); });
}

Nanoseconds MemberWatch::take_cost() {
  return Nanoseconds(shared_->cost.exchange(0));
}

MemberWatch::Findings MemberWatch::take() {
  if (!side_.wait(kPatience)) return {};
  return {.largest = shared_->processes.largest(kMaxFigures),
          .probe_page = shared_->probe.page(),
          .heap_history = shared_->history.take(),
          .heap = std::move(shared_->heap)};
}

}  // namespace gobox::runner
