// SPDX-License-Identifier: Apache-2.0

#include "lab/measurement.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>

#include "base/json_fields.h"

namespace gobox::lab {
namespace {

namespace json = boost::json;
using runner::StageKind;
using runner::StageResult;

double milliseconds(Nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

// The last that ran the program, otherwise the last that compiled it. Vet only advises.
const StageResult* measured_stage(const runner::JobResult& result) {
  const StageResult* best = nullptr;
  for (const StageResult& stage : result.stages) {
    if (stage.kind == StageKind::kVet) continue;
    best = &stage;
  }
  return best;
}

void take_stage(Measurement& measurement, const StageResult& stage) {
  const auto& usage = stage.ending.usage;
  measurement.exit_code = stage.ending.exit_code;
  measurement.time_ms = milliseconds(stage.ending.wall);
  measurement.cpu_ms = milliseconds(usage.cpu_total);
  measurement.throttled_ms = milliseconds(usage.cpu_throttled);
  measurement.peak_bytes = usage.memory_peak_bytes;
  measurement.limit_bytes = stage.limits.memory_bytes;
  measurement.processes = usage.pids_peak;
  for (const runner::TimelinePoint& point : stage.timeline.points) {
    measurement.anonymous_bytes =
        std::max(measurement.anonymous_bytes, point.memory.anonymous_bytes);
  }
  if (stage.diagnosis && stage.diagnosis->gc) {
    measurement.collections = stage.diagnosis->gc->count;
    measurement.pause_ms = stage.diagnosis->gc->pause_total_ms;
  }
  if (stage.outcome == runner::Outcome::kOom) measurement.oom_ms = measurement.time_ms;
  measurement.figures = figures_in(stage.ending.text(false));
}

bool ended_by_itself(runner::Outcome outcome) {
  return outcome == runner::Outcome::kExited || outcome == runner::Outcome::kCompileError;
}

// The last line a program said of its own failure, fit for a terminal: else a sweep of a command
// that cannot work would show nothing but its exit status.
std::string last_words(const StageResult& stage) {
  constexpr std::size_t kLongest = 160;
  std::string text = stage.ending.text(true);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.pop_back();
  }
  text.erase(0, text.rfind('\n') + 1);  // npos + 1 is 0
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char byte) { return std::iscntrl(byte) != 0 || byte >= 0x80; }, '?');
  return text.substr(0, kLongest);
}

template <typename T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

std::optional<double> optional_at(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

}  // namespace

std::map<std::string, double> figures_in(std::string_view text) {
  std::map<std::string, double> figures;
  while (!text.empty() && figures.size() < kMaxFigures) {
    const std::size_t end = text.find('\n');
    const std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == line.size()) continue;
    const std::string name = line.substr(0, equals);
    const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
    if (name.size() > 40 || !std::all_of(name.begin(), name.end(), plain)) continue;
    char* rest = nullptr;
    const double value = std::strtod(line.c_str() + equals + 1, &rest);
    if (*rest == '\0' && std::isfinite(value)) figures[name] = value;
  }
  return figures;
}

Measurement measure(const runner::JobResult& result) {
  Measurement measurement;
  measurement.outcome = runner::name_of(result.outcome);
  measurement.stage = result.stage ? runner::name_of(*result.stage) : "";
  measurement.message = result.message;
  measurement.total_ms = milliseconds(result.total);
  for (const StageResult& stage : result.stages) {
    measurement.leftover_files += stage.leftover.count;
    if (stage.kind != StageKind::kCompile) continue;
    measurement.compile_ms += milliseconds(stage.ending.wall);
    measurement.compile_peak_bytes =
        std::max(measurement.compile_peak_bytes, stage.ending.usage.memory_peak_bytes);
  }
  const StageResult* const stage = measured_stage(result);
  if (stage == nullptr) return measurement;
  take_stage(measurement, *stage);
  if (ended_by_itself(result.outcome)) {
    const std::string said = last_words(*stage);
    if (!said.empty()) measurement.message += ": " + said;
  }
  return measurement;
}

json::object to_json(const Measurement& measurement) {
  json::object figures;
  for (const auto& [name, value] : measurement.figures) figures[name] = value;
  return {{"cell", measurement.cell},
          {"round", measurement.round},
          {"outcome", measurement.outcome},
          {"stage", measurement.stage},
          {"message", measurement.message},
          {"exit_code", or_null(measurement.exit_code)},
          {"time_ms", measurement.time_ms},
          {"compile_ms", measurement.compile_ms},
          {"total_ms", measurement.total_ms},
          {"cpu_ms", measurement.cpu_ms},
          {"throttled_ms", measurement.throttled_ms},
          {"memory_peak_bytes", measurement.peak_bytes},
          {"memory_limit_bytes", measurement.limit_bytes},
          {"anonymous_peak_bytes", measurement.anonymous_bytes},
          {"compile_memory_peak_bytes", measurement.compile_peak_bytes},
          {"processes_peak", or_null(measurement.processes)},
          {"gc_count", or_null(measurement.collections)},
          {"gc_pause_ms", or_null(measurement.pause_ms)},
          {"time_to_oom_ms", or_null(measurement.oom_ms)},
          {"leftover_files", measurement.leftover_files},
          {"figures", std::move(figures)}};
}

Result<Measurement> measurement_from_json(const json::object& object) {
  Measurement measurement;
  measurement.outcome = text_at(object, "outcome");
  if (measurement.outcome.empty()) return Error::caller("a measurement without an outcome");
  measurement.cell = count_at(object, "cell");
  measurement.round = count_at(object, "round");
  measurement.stage = text_at(object, "stage");
  measurement.message = text_at(object, "message");
  if (const auto code = optional_at(object, "exit_code")) {
    measurement.exit_code = static_cast<std::int64_t>(*code);
  }
  measurement.time_ms = number_at(object, "time_ms");
  measurement.compile_ms = number_at(object, "compile_ms");
  measurement.total_ms = number_at(object, "total_ms");
  measurement.cpu_ms = number_at(object, "cpu_ms");
  measurement.throttled_ms = number_at(object, "throttled_ms");
  measurement.peak_bytes = count_at(object, "memory_peak_bytes");
  measurement.limit_bytes = count_at(object, "memory_limit_bytes");
  measurement.anonymous_bytes = count_at(object, "anonymous_peak_bytes");
  measurement.compile_peak_bytes = count_at(object, "compile_memory_peak_bytes");
  measurement.leftover_files = count_at(object, "leftover_files");
  if (optional_at(object, "processes_peak")) {
    measurement.processes = count_at(object, "processes_peak");
  }
  if (optional_at(object, "gc_count")) measurement.collections = count_at(object, "gc_count");
  measurement.pause_ms = optional_at(object, "gc_pause_ms");
  measurement.oom_ms = optional_at(object, "time_to_oom_ms");
  const json::value* figures = object.if_contains("figures");
  if (figures != nullptr && figures->is_object()) {
    for (const auto& [name, value] : figures->get_object()) {
      if (value.is_number()) measurement.figures[std::string(name)] = value.to_number<double>();
    }
  }
  return measurement;
}

}  // namespace gobox::lab
