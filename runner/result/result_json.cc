// SPDX-License-Identifier: Apache-2.0

#include "runner/result/result_json.h"

#include <array>
#include <boost/json.hpp>

#include "base/json_text.h"
#include "runner/diagnosis/diagnosis_json.h"

namespace gobox::runner {
namespace {

namespace json = boost::json;
using sandbox::Ending;
using sandbox::KillReason;

double milliseconds(Nanoseconds duration) {
  // Microseconds are what the clocks and counters behind these figures can tell.
  const std::int64_t microseconds = duration.count() / 1000;
  return static_cast<double>(microseconds) / 1000.0;
}

template <typename T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value signal_or_null(const std::optional<int>& signal) {
  return signal ? json::value(signal_name(*signal)) : json::value(nullptr);
}

void put_text(json::object& object, const char* name, const std::string& bytes) {
  const bool plain = is_utf8(bytes);
  object[name] = plain ? bytes : to_base64(bytes);
  object[std::string(name) + "_encoding"] = plain ? "utf-8" : "base64";
}

json::array leaked_json(const Ending& ending) {
  json::array list;
  for (const sandbox::LeakedProcess& process : ending.leaked) {
    json::array files;
    for (const std::string& file : process.open_files) files.emplace_back(to_utf8(file));
    list.push_back({{"pid", process.pid},
                    {"ppid", process.ppid},
                    {"command", to_utf8(process.command)},
                    {"state", std::string(1, process.state)},
                    {"age_ms", milliseconds(process.age)},
                    {"open_files", std::move(files)}});
  }
  return list;
}

json::array modules_json(const std::vector<UsedModule>& modules) {
  json::array list;
  for (const UsedModule& each : modules) {
    list.push_back(
        {{"path", each.module.path}, {"version", each.module.version}, {"sum", each.sum}});
  }
  return list;
}

json::value exceeded_json(const Ending& ending) {
  const char* limit = nullptr;
  if (ending.killed == KillReason::kWallLimit) limit = "wall";
  if (ending.killed == KillReason::kCpuLimit) limit = "cpu";
  if (ending.killed == KillReason::kTotalLimit) limit = "total";
  if (limit == nullptr) return nullptr;
  return {{"limit", limit},
          {"limit_ms", milliseconds(ending.limit)},
          {"used_ms", milliseconds(ending.used)}};
}

json::object violation_object(const sandbox::Violation& violation) {
  json::array arguments;
  for (const std::uint64_t argument : violation.arguments) arguments.emplace_back(argument);
  return {
      {"syscall", violation.syscall}, {"arguments", std::move(arguments)}, {"pid", violation.pid}};
}

json::value violation_json(const StageResult& stage) {
  if (stage.outcome != Outcome::kPolicyViolation) return nullptr;
  if (stage.ending.violation) return violation_object(*stage.ending.violation);
  return {{"syscall", nullptr}, {"arguments", nullptr}, {"pid", nullptr}};
}

json::object leftover_json(const LeftoverFiles& leftover) {
  json::array paths;
  for (const std::string& path : leftover.paths) paths.emplace_back(to_utf8(path));
  return {{"count", leftover.count}, {"bytes", leftover.bytes}, {"paths", std::move(paths)}};
}

json::array refused_json(const Ending& ending) {
  json::array list;
  for (const sandbox::Violation& each : ending.refused) list.push_back(violation_object(each));
  return list;
}

json::value diagnosis_or_null(const StageResult& stage) {
  return stage.diagnosis ? json::value(diagnosis_json(*stage.diagnosis)) : json::value(nullptr);
}

json::object omitted_json(const Ending& ending) {
  return {{"stdout", ending.stdout_omitted}, {"stderr", ending.stderr_omitted}};
}

json::object stage_json(const StageResult& stage) {
  const Ending& ending = stage.ending;
  const sandbox::GroupUsage& usage = ending.usage;
  json::object object{
      {"name", name_of(stage.kind)},
      {"package", stage.package.empty() ? json::value(nullptr) : json::value(stage.package)},
      {"outcome", name_of(stage.outcome)},
      {"message", stage.message},
      {"exit_code", or_null(ending.exit_code)},
      {"signal", signal_or_null(ending.signal)},
      {"exceeded", exceeded_json(ending)},
      {"violation", violation_json(stage)},
      {"wall_ms", milliseconds(ending.wall)},
      {"wall_limit_ms", milliseconds(stage.limits.wall)},
      {"setup_ms", milliseconds(ending.setup)},
      {"prepared", ending.prepared},
      {"cpu_user_ms", milliseconds(usage.cpu_user)},
      {"cpu_system_ms", milliseconds(usage.cpu_system)},
      {"cpu_throttled_ms", milliseconds(usage.cpu_throttled)},
      {"memory_peak_bytes", usage.memory_peak_bytes},
      {"memory_limit_bytes", stage.limits.memory_bytes},
      {"oom_kills", usage.oom_kills},
      {"pids_peak", or_null(usage.pids_peak)},
      {"pids_limit", stage.limits.pids},
      {"pids_refused", usage.pids_refused},
      {"output_truncated", ending.stdout_truncated || ending.stderr_truncated},
      {"output_omitted_bytes", omitted_json(ending)},
      {"leaked_processes", leaked_json(ending)},
      {"leftover_files", leftover_json(stage.leftover)},
      {"refused_syscalls", refused_json(ending)},
      {"direct", stage.kind == StageKind::kCompile ? json::value(stage.direct) : json::value()},
      {"why_not_direct",
       stage.why_not_direct.empty() ? json::value() : json::value(stage.why_not_direct)},
      {"diagnosis", diagnosis_or_null(stage)}};
  put_text(object, "stdout", ending.text(false));
  put_text(object, "stderr", ending.text(true));
  return object;
}

json::object test_json(const TestCase& test) {
  json::object object{{"name", to_utf8(test.name)},
                      {"outcome", name_of(test.outcome)},
                      {"elapsed_ms", milliseconds(test.elapsed)}};
  put_text(object, "output", test.output);
  return object;
}

json::object package_json(const PackageTests& package) {
  json::array tests;
  for (const TestCase& test : package.tests) tests.push_back(test_json(test));
  json::array running;
  for (const std::string& name : package.running) running.emplace_back(to_utf8(name));
  json::array doubts;
  for (const std::string& doubt : package.doubts) doubts.emplace_back(to_utf8(doubt));
  json::object object{{"package", to_utf8(package.package)},
                      {"directory", to_utf8(package.directory)},
                      {"outcome", name_of(package.outcome)},
                      {"stage", name_of(package.stage)},
                      {"state", name_of(package.state)},
                      {"message", to_utf8(package.message)},
                      {"elapsed_ms", milliseconds(package.elapsed)},
                      {"coverage", or_null(package.coverage)},
                      {"memory_peak_bytes", package.memory_peak_bytes},
                      {"cpu_ms", milliseconds(package.cpu)},
                      {"running", std::move(running)},
                      {"doubts", std::move(doubts)},
                      {"tests", std::move(tests)}};
  const bool unbuilt = package.state == PackageTests::State::kBuildFailed;
  put_text(object, "output", unbuilt ? package.build_output : package.output);
  return object;
}

json::array events_json(const StageResult* stage) {
  json::array events;
  if (stage == nullptr) return events;
  for (const sandbox::OutputChunk& chunk : stage->ending.output) {
    events.push_back({{"kind", chunk.is_stderr ? "stderr" : "stdout"},
                      {"offset_ms", milliseconds(chunk.offset)},
                      {"text", to_utf8(chunk.bytes)}});
  }
  return events;
}

json::object isolation_json(const Isolation& isolation) {
  json::array namespaces(isolation.namespaces.begin(), isolation.namespaces.end());
  json::array missing(isolation.not_enforced.begin(), isolation.not_enforced.end());
  return {{"cgroup", isolation.cgroup},
          {"namespaces", std::move(namespaces)},
          {"seccomp", isolation.seccomp},
          {"user", isolation.user},
          {"not_enforced", std::move(missing)}};
}

}  // namespace

const StageResult* JobResult::deciding() const {
  const StageResult* last_program = nullptr;
  const StageResult* decided = nullptr;
  for (const StageResult& each : stages) {
    if (each.kind == StageKind::kRun || each.kind == StageKind::kTest) last_program = &each;
    if (stage && each.kind == *stage && each.outcome == outcome) decided = &each;
  }
  if (decided != nullptr) return decided;
  if (last_program != nullptr) return last_program;
  return stages.empty() ? nullptr : &stages.back();
}

const StageResult* JobResult::explained() const {
  for (const StageResult& each : stages) {
    if (stage && each.kind == *stage && each.outcome == outcome) return &each;
  }
  return deciding();
}

std::string to_json(const JobResult& result) {
  const StageResult* deciding = result.deciding();
  const Ending none;
  const Ending& ending = deciding != nullptr ? deciding->ending : none;
  json::object object{
      {"id", result.id},
      {"outcome", name_of(result.outcome)},
      {"stage", result.stage ? json::value(name_of(*result.stage)) : json::value(nullptr)},
      {"message", result.message},
      {"exit_code", or_null(ending.exit_code)},
      {"signal", signal_or_null(ending.signal)}};
  put_text(object, "stdout", ending.text(false));
  put_text(object, "stderr", ending.text(true));
  object["output_omitted_bytes"] = omitted_json(ending);
  object["exceeded"] = exceeded_json(ending);
  object["violation"] = deciding != nullptr ? violation_json(*deciding) : json::value(nullptr);
  json::array stages;
  for (const StageResult& stage : result.stages) stages.push_back(stage_json(stage));
  object["stages"] = std::move(stages);
  json::array tests;
  for (const PackageTests& package : result.tests) tests.push_back(package_json(package));
  object["tests"] = std::move(tests);
  json::array artifacts;
  for (const Artifact& each : result.artifacts) {
    artifacts.push_back(
        {{"name", to_utf8(each.name)},
         {"bytes", each.bytes},
         {"sha256", each.sha256},
         {"href", each.href.empty() ? json::value(nullptr) : json::value(each.href)}});
  }
  object["artifacts"] = std::move(artifacts);
  object["events"] = events_json(deciding);
  const StageResult* const explained = result.explained();
  object["diagnosis"] = explained != nullptr ? diagnosis_or_null(*explained) : json::value(nullptr);
  object["hints"] = json::array(result.hints.begin(), result.hints.end());
  if (result.shows_timeline) {
    json::array timeline;
    for (const StageResult& stage : result.stages)
      timeline.push_back(timeline_json(stage.timeline));
    object["timeline"] = std::move(timeline);
  }
  object["total_ms"] = milliseconds(result.total);
  object["queued_ms"] = milliseconds(result.queued);
  object["retryable"] = result.retryable ? json::value(*result.retryable) : json::value();
  object["modules"] = modules_json(result.modules);
  object["cached"] = json::object{{"compile", result.compile_cached}};
  object["toolchain"] =
      result.toolchain.empty() ? json::value(nullptr) : json::value(result.toolchain);
  object["policy"] = result.policy;
  object["isolation"] = isolation_json(result.isolation);
  // Known to whoever posts results, and to whoever takes runs out of a queue, who put it here.
  object["callback"] = nullptr;
  object["queue"] = nullptr;
  return json_text(object);
}

}  // namespace gobox::runner
