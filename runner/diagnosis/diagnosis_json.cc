// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/diagnosis_json.h"

#include <algorithm>
#include <cmath>

namespace gobox::runner {
namespace {

namespace json = boost::json;

double milliseconds(Nanoseconds duration) {
  const std::int64_t microseconds = duration.count() / 1000;
  return static_cast<double>(microseconds) / 1000.0;
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

json::object frame_json(const Frame& frame) {
  return {{"function", frame.function},
          {"file", frame.file},
          {"line", frame.line},
          {"user", frame.user}};
}

json::array frames_json(const std::vector<Frame>& frames) {
  json::array list;
  for (const Frame& frame : frames) list.push_back(frame_json(frame));
  return list;
}

template <typename T, typename Render>
json::value or_null(const std::optional<T>& value, Render render) {
  return value ? json::value(render(*value)) : json::value(nullptr);
}

json::object message_json(const RuntimeMessage& message) {
  return {{"kind", name(message.kind)},
          {"line", message.line},
          {"amount", or_null(message.amount, [](auto amount) { return json::value(amount); })},
          {"at", or_null(message.at, frame_json)}};
}

json::object group_json(const GoroutineGroup& group) {
  const auto minutes = [](std::chrono::minutes wait) { return json::value(wait.count()); };
  return {{"state", group.state},
          {"count", group.count},
          {"text", describe(group)},
          {"longest_wait_minutes", or_null(group.longest_wait, minutes)},
          {"user_code", group.user_code},
          {"system", group.system},
          {"frames", frames_json(group.frames)},
          {"created_by", or_null(group.created_by, frame_json)}};
}

json::array goroutines_json(const GoroutineDump& dump) {
  json::array groups;
  for (const GoroutineGroup& group : dump.groups) {
    if (groups.size() < kMaxListed) groups.push_back(group_json(group));
  }
  return groups;
}

json::object dump_json(const Diagnosis& diagnosis) {
  const GoroutineDump& dump = *diagnosis.goroutines;
  return {{"total", dump.total},
          {"group_count", dump.groups.size()},
          {"truncated", dump.truncated},
          {"at_exit", diagnosis.goroutines_at_exit}};
}

json::object access_json(const RaceAccess& access) {
  return {{"kind", name(access.kind)},
          {"previous", access.previous},
          {"goroutine", access.goroutine},
          {"finished", access.finished},
          {"frames", frames_json(access.frames)},
          {"created_at", frames_json(access.created_at)}};
}

json::value races_json(const Diagnosis& diagnosis) {
  if (diagnosis.races.empty()) return nullptr;
  json::array list;
  for (const Race& race : diagnosis.races) {
    json::array accesses;
    for (const RaceAccess& access : race.accesses) accesses.push_back(access_json(access));
    if (list.size() < kMaxListed) {
      list.push_back({{"count", race.count}, {"accesses", std::move(accesses)}});
    }
  }
  return list;
}

json::object gc_json(const GcSummary& gc) {
  json::array heap;
  for (const GcHeapPoint& point : gc.heap) {
    heap.push_back({{"at_ms", rounded(point.at_seconds * 1000)},
                    {"live_bytes", point.live},
                    {"goal_bytes", point.goal}});
  }
  return {{"count", gc.count},
          {"forced", gc.forced},
          {"pause_p50_ms", rounded(gc.pause_p50_ms)},
          {"pause_p99_ms", rounded(gc.pause_p99_ms)},
          {"pause_max_ms", rounded(gc.pause_max_ms)},
          {"pause_total_ms", rounded(gc.pause_total_ms)},
          {"assist_share", rounded(gc.assist_share)},
          {"cpu_percent", gc.cpu_percent},
          {"live_bytes", gc.last_live},
          {"goal_bytes", gc.last_goal},
          {"most_live_bytes", gc.most_live},
          {"heap", std::move(heap)}};
}

json::object heap_json(const HeapReport& heap) {
  json::array sites;
  for (const HeapSite& site : heap.sites) {
    sites.push_back(
        {{"bytes", site.bytes}, {"objects", site.objects}, {"frames", frames_json(site.frames)}});
  }
  return {{"collections", heap.collections},   {"forced_collections", heap.forced_collections},
          {"heap_bytes", heap.heap_bytes},     {"stack_bytes", heap.stack_bytes},
          {"goroutines", heap.goroutines},     {"gc_cpu_share", rounded(heap.gc_cpu_share)},
          {"next_goal_bytes", heap.next_goal}, {"system_bytes", heap.system_bytes},
          {"sites", std::move(sites)}};
}

json::object process_json(const ProcessFigure& figure) {
  return {{"name", figure.name},
          {"package", figure.package.empty() ? json::value(nullptr) : json::value(figure.package)},
          {"memory_bytes", figure.own_bytes}};
}

json::object memory_json(const MemoryDiagnosis& memory) {
  const sandbox::MemorySample& sample = memory.fullest;
  return {{"at_ms", milliseconds(memory.at)},
          {"total_bytes", sample.total_bytes},
          {"anonymous_bytes", sample.anonymous_bytes},
          {"file_bytes", sample.file_bytes},
          {"tmpfs_bytes", sample.shared_bytes},
          {"growth_bytes_per_second", std::llround(memory.growth_per_second)},
          {"half_to_full_ms", or_null(memory.half_to_full, milliseconds)},
          {"largest_process", or_null(memory.largest, process_json)}};
}

json::object cpu_json(const CpuDiagnosis& cpu) {
  return {{"used_share", rounded(cpu.used_share)},
          {"system_share", rounded(cpu.system_share)},
          {"throttled_share", rounded(cpu.throttled_share)},
          {"gc_share", or_null(cpu.gc_share, rounded)}};
}

json::object compile_json(const CompileDiagnosis& compile) {
  json::array killed;
  for (const CompilerMessage& each : compile.killed) {
    killed.push_back({{"tool", each.tool}, {"package", each.package}, {"signal", each.signal}});
  }
  json::array largest;
  for (const ProcessFigure& figure : compile.largest) largest.push_back(process_json(figure));
  return {{"killed", std::move(killed)},
          {"largest", std::move(largest)},
          {"parallelism_that_fits",
           or_null(compile.parallelism_that_fits, [](unsigned p) { return json::value(p); })}};
}

json::object hint_json(const Hint& hint) {
  const auto trial_json = [](const Trial& trial) {
    return json::object{{"change", trial.change}, {"runs", trial.runs}, {"ok", trial.ok}};
  };
  const bool placed = !hint.file.empty();
  return {{"reason", hint.reason},
          {"text", hint.text},
          {"file", placed ? json::value(hint.file) : json::value(nullptr)},
          {"line", placed ? json::value(hint.line) : json::value(nullptr)},
          {"proved", or_null(hint.proved, trial_json)}};
}

json::array hints_json(const Diagnosis& diagnosis) {
  json::array hints;
  for (const Hint& hint : diagnosis.hints) hints.push_back(hint_json(hint));
  return hints;
}

}  // namespace

json::object diagnosis_json(const Diagnosis& diagnosis) {
  return {{"reason", diagnosis.hints.empty() ? json::value(nullptr)
                                             : json::value(diagnosis.hints.front().reason)},
          {"hints", hints_json(diagnosis)},
          {"runtime_message", or_null(diagnosis.message, message_json)},
          {"goroutines", or_null(diagnosis.goroutines, goroutines_json)},
          {"goroutine_dump",
           diagnosis.goroutines ? json::value(dump_json(diagnosis)) : json::value(nullptr)},
          {"races", races_json(diagnosis)},
          {"races_found",
           or_null(diagnosis.races_found, [](auto found) { return json::value(found); })},
          {"gc", or_null(diagnosis.gc, gc_json)},
          {"heap", or_null(diagnosis.heap, heap_json)},
          {"memory", or_null(diagnosis.memory, memory_json)},
          {"cpu", or_null(diagnosis.cpu, cpu_json)},
          {"compile", or_null(diagnosis.compile, compile_json)}};
}

json::object timeline_json(const StageTimeline& timeline) {
  json::array points;
  for (const TimelinePoint& point : timeline.points) {
    points.push_back({{"at_ms", milliseconds(point.at)},
                      {"memory_bytes", point.memory.total_bytes},
                      {"anonymous_bytes", point.memory.anonymous_bytes},
                      {"file_bytes", point.memory.file_bytes},
                      {"tmpfs_bytes", point.memory.shared_bytes},
                      {"cpu_ms", milliseconds(point.cpu)},
                      {"throttled_ms", milliseconds(point.throttled)},
                      {"processes", point.processes}});
  }
  json::array marks;
  for (const TimelineMark& mark : timeline.marks) {
    marks.push_back({{"kind", name_of(mark.kind)}, {"at_ms", milliseconds(mark.at)}});
  }
  return {{"stage", name_of(timeline.kind)},
          {"begin_ms", milliseconds(timeline.begin)},
          {"wall_ms", milliseconds(timeline.wall)},
          {"memory_limit_bytes", timeline.limits.memory_bytes},
          {"points", std::move(points)},
          {"marks", std::move(marks)}};
}

}  // namespace gobox::runner
