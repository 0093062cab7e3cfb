// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/diagnosis.h"

#include <signal.h>

#include <algorithm>

#include "runner/diagnosis/stage_watch.h"
#include "runner/golang/probe_source.h"
#include "sandbox/ending.h"

namespace gobox::runner {
namespace {

constexpr std::size_t kLargestTools = 5;
constexpr double kFull = 0.95;

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

double seconds(Nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

double share(double part, double whole) {
  return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0;
}

// When memory was full: seen so, or known from the OOM killer, which struck between two looks.
std::optional<Nanoseconds> full_at(const Evidence& evidence, const TimelinePoint& fullest) {
  const double total = as_double(fullest.memory.total_bytes);
  if (total >= kFull * as_double(evidence.memory_limit)) return fullest.at;
  const sandbox::Ending& ending = *evidence.ending;
  if (ending.usage.oom_kills > 0 && ending.signal == SIGKILL) return ending.wall;
  return std::nullopt;
}

// The climb to the fullest point: from the last point before it that was under half of the limit; a
// program starts under it.
void describe_climb(const Evidence& evidence, const TimelinePoint& fullest,
                    MemoryDiagnosis& memory) {
  TimelinePoint from;
  for (const TimelinePoint& point : evidence.observation->timeline.points()) {
    if (point.at >= fullest.at) break;
    if (point.memory.total_bytes <= evidence.memory_limit / 2) from = point;
  }
  const double passed = seconds(fullest.at - from.at);
  const double grown = as_double(fullest.memory.total_bytes) - as_double(from.memory.total_bytes);
  if (passed > 0 && grown > 0) memory.growth_per_second = grown / passed;
  const auto full = full_at(evidence, fullest);
  if (full && *full > from.at) memory.half_to_full = *full - from.at;
}

std::optional<MemoryDiagnosis> memory_of(const Evidence& evidence) {
  if (evidence.observation == nullptr) return std::nullopt;
  const TimelinePoint* const fullest = evidence.observation->timeline.fullest();
  if (fullest == nullptr) return std::nullopt;
  MemoryDiagnosis memory;
  memory.fullest = fullest->memory;
  memory.at = fullest->at;
  describe_climb(evidence, *fullest, memory);
  if (!evidence.observation->largest.empty()) {
    memory.largest = evidence.observation->largest.front();
  }
  return memory;
}

CpuDiagnosis cpu_of(const Evidence& evidence, const Diagnosis& diagnosis) {
  const sandbox::GroupUsage& usage = evidence.ending->usage;
  const double wall = seconds(evidence.ending->wall);
  const double used = seconds(usage.cpu_total);
  CpuDiagnosis cpu;
  cpu.used_share = share(used, wall * evidence.cpus);
  cpu.system_share = share(seconds(usage.cpu_system), used);
  cpu.throttled_share = share(seconds(usage.cpu_throttled), wall);
  if (diagnosis.gc && diagnosis.gc->count > 0) {
    cpu.gc_share = static_cast<double>(diagnosis.gc->cpu_percent) / 100;
  } else if (diagnosis.heap) {
    cpu.gc_share = diagnosis.heap->gc_cpu_share;
  }
  return cpu;
}

bool is_tool(const ProcessFigure& figure) {
  static constexpr std::string_view kTools[] = {"compile", "link", "asm", "cgo",  "vet",
                                                "go",      "gcc",  "cc1", "pack", "cover"};
  return std::find(std::begin(kTools), std::end(kTools), figure.name) != std::end(kTools);
}

CompileDiagnosis compile_of(const Evidence& evidence) {
  CompileDiagnosis compile;
  const std::string text = evidence.ending->text(true) + evidence.ending->text(false);
  for (CompilerMessage& message : parse_compiler_output(text, "/work/").messages) {
    if (message.kind == CompilerMessageKind::kKilled) compile.killed.push_back(std::move(message));
  }
  if (evidence.observation == nullptr) return compile;
  for (const ProcessFigure& figure : evidence.observation->largest) {
    if (is_tool(figure) && compile.largest.size() < kLargestTools) {
      compile.largest.push_back(figure);
    }
  }
  if (compile.largest.empty() || compile.largest.front().own_bytes == 0) return compile;
  const std::uint64_t room = evidence.memory_limit - evidence.memory_limit / 8;
  const std::uint64_t fits = room / compile.largest.front().own_bytes;
  if (fits >= 1)
    compile.parallelism_that_fits = static_cast<unsigned>(std::min<std::uint64_t>(fits, 64));
  return compile;
}

// The wrapper of main that --goroutines adds is not the user's: its frames go, and their main gets
// its name back; the goroutine that writes the report is no goroutine of theirs.
void hide_wrapper(std::vector<Frame>& frames) {
  std::erase_if(frames, [](const Frame& frame) { return frame.file.ends_with(kProbeFile); });
  for (Frame& frame : frames) {
    if (frame.function == kRenamedMain) frame.function = "main.main";
  }
}

void hide_wrapper(Diagnosis& diagnosis) {
  if (diagnosis.message && diagnosis.message->at &&
      diagnosis.message->at->function == kRenamedMain) {
    diagnosis.message->at->function = "main.main";
  }
  if (!diagnosis.goroutines) return;
  GoroutineDump& dump = *diagnosis.goroutines;
  if (diagnosis.goroutines_at_exit) {
    std::erase_if(dump.groups, [&](const GoroutineGroup& group) {
      const bool reporter = !group.frames.empty() && group.state.starts_with("running") &&
                            group.frames.front().file.ends_with(kProbeFile);
      dump.total -= reporter ? group.count : 0;
      return reporter;
    });
  }
  for (GoroutineGroup& group : dump.groups) {
    hide_wrapper(group.frames);
    group.top_user_frame = first_user_frame(group.frames);
    if (group.created_by && group.created_by->function == kRenamedMain) {
      group.created_by->function = "main.main";
    }
  }
}

void read_program_texts(const Evidence& evidence, Diagnosis& diagnosis) {
  const std::string text = evidence.ending->text(true);
  diagnosis.message = find_runtime_message(text, evidence.paths);
  if (!evidence.ending->after_quit.empty()) {
    diagnosis.goroutines = parse_goroutine_dump(evidence.ending->after_quit, evidence.paths);
  } else if (!evidence.goroutine_report.empty()) {
    diagnosis.goroutines = parse_goroutine_dump(evidence.goroutine_report, evidence.paths);
    diagnosis.goroutines_at_exit = diagnosis.goroutines.has_value();
  } else {
    diagnosis.goroutines = parse_goroutine_dump(text, evidence.paths);
  }
  hide_wrapper(diagnosis);
  if (evidence.race) {
    diagnosis.races = parse_races(text, evidence.paths);
    diagnosis.races_found = races_found(text);
  }
}

}  // namespace

Diagnosis assemble_diagnosis(const Evidence& evidence) {
  Diagnosis diagnosis;
  diagnosis.gc = evidence.gc;
  if (evidence.observation != nullptr) {
    diagnosis.heap = parse_probe(evidence.observation->probe_page, evidence.paths);
  }
  diagnosis.memory = memory_of(evidence);
  if (evidence.is_compile) {
    diagnosis.compile = compile_of(evidence);
  } else {
    read_program_texts(evidence, diagnosis);
  }
  diagnosis.cpu = cpu_of(evidence, diagnosis);
  return diagnosis;
}

}  // namespace gobox::runner
