// SPDX-License-Identifier: Apache-2.0

#include "runner/job/diagnostician.h"

#include <algorithm>

#include "runner/diagnosis/value_flow.h"
#include "runner/job/stage_order.h"
#include "runner/result/result.h"

namespace gobox::runner {
namespace {

// The program's own GODEBUG settings stay; ours comes last and wins.
void add_gctrace(std::vector<std::string>& environment) {
  for (std::string& each : environment) {
    if (each.rfind("GODEBUG=", 0) != 0) continue;
    each += each.size() > 8 ? ",gctrace=1" : "gctrace=1";
    return;
  }
  environment.push_back("GODEBUG=gctrace=1");
}

constexpr std::chrono::milliseconds kMostProcessorTime{1000};  // on the sources of one stage

// The compiler gives line 1 to a loop without a statement of its own: the function's first line
// then says more.
void place_empty_loops(const SourceFacts& facts, const CpuBudget& budget, Diagnosis& diagnosis) {
  if (!diagnosis.goroutines) return;
  for (GoroutineGroup& group : diagnosis.goroutines->groups) {
    if (budget.is_spent()) return;
    for (Frame& frame : group.frames) {
      if (!frame.user || frame.line > 1) continue;
      const std::string name = frame.function.substr(frame.function.rfind('.') + 1);
      const SourceFacts::Function* const function = facts.function_named(frame.file, name);
      if (function != nullptr) frame.line = function->first_line;
    }
  }
}

std::string without_trace(StageWatcher& watcher, const std::string& bytes, bool end) {
  if (watcher.gc_budget.is_spent(GcTraceBudget::Clock::now())) return watcher.gc.release() + bytes;
  std::string passed = watcher.gc.feed(bytes);
  if (end) passed += watcher.gc.release();
  // What is held back counts as spent twice at the most: a few hundred bytes.
  if (passed.size() < bytes.size()) watcher.gc_budget.spend(bytes.size() - passed.size());
  return passed;
}

// Of tests, which read it themselves, and of commands.
MemberWatch::OwnProfile own_profile_of(const Job& job, StageKind kind) {
  using OwnProfile = MemberWatch::OwnProfile;
  if (!job.diagnose || !is_program(kind)) return OwnProfile::kNone;
  return job.kind == JobKind::kExec ? OwnProfile::kAlways : OwnProfile::kWhenFull;
}

// The files of a job lie in /work; those of a command's program where it was built.
UserPaths user_paths_of(const Job& job, const StageResult& stage, RuntimeHeap& heap) {
  const UserPaths ours{.prefixes = {std::string(kWorkDirectory) + "/"}, .go_roots = {}};
  if (job.kind != JobKind::kExec || stage.outcome == Outcome::kOk) return ours;
  return heap.user_paths().value_or(ours);
}

std::string goroutines_refusal(const Job& job, const ProbePlacement& placement) {
  if (job.kind != JobKind::kRun) return "only programs with a func main of their own can be asked";
  if (!placement.left_out.empty()) return placement.left_out;
  if (!placement.goroutines) return "func main was not found in exactly one file";
  return {};
}

std::vector<TimelineMark> marks_of(const StageResult& stage, const std::optional<GcSummary>& gc,
                                   const std::vector<TimelinePoint>& points) {
  using Kind = TimelineMark::Kind;
  constexpr std::size_t kMaxCollections = 100;
  std::vector<TimelineMark> marks;
  if (gc) {
    const std::size_t step = gc->heap.size() / kMaxCollections + 1;
    for (std::size_t i = 0; i < gc->heap.size(); i += step) {
      const auto at = static_cast<std::int64_t>(gc->heap[i].at_seconds * 1e9);
      marks.push_back({Kind::kCollection, Nanoseconds(at)});
    }
  }
  for (std::size_t i = 1; i < points.size(); ++i) {
    const bool held = points[i].throttled > points[i - 1].throttled;
    if (held) marks.push_back({Kind::kThrottled, points[i].at});
  }
  const sandbox::Ending& ending = stage.ending;
  const bool quit = !ending.after_quit.empty();
  if (quit) marks.push_back({Kind::kQuit, ending.used});
  const bool killed = ending.killed != sandbox::KillReason::kNone || ending.usage.oom_kills > 0;
  marks.push_back({killed ? Kind::kKilled : Kind::kEnded, ending.wall});
  return marks;
}

}  // namespace

Workspace Diagnostician::sources_with_probe(const Job& job, const EntryPlan& entry) {
  Workspace sources = job.workspace;
  placement_ = {};
  if (job.kind != JobKind::kRun || !entry.test_source.empty()) return sources;
  placement_ = add_probe(sources, entry.package_directory,
                         {.memory_bytes = job.policy.run.limits.memory_bytes,
                          .stack_bytes = probe_stack_of(job.go),
                          .goroutines = job.goroutines});
  return sources;
}

std::vector<std::string> Diagnostician::more_build_arguments(const Job& job) const {
  if (!has_probe() || !job.workspace.files_named) return {};
  return {"./" + placement_.path};
}

bool Diagnostician::is_to_blame(const StageResult& compile) const {
  return has_probe() && compile.outcome == Outcome::kCompileError &&
         (compile.ending.text(true).find(kProbeFile) != std::string::npos ||
          compile.ending.text(true).find("goboxZ7") != std::string::npos);
}

void Diagnostician::forget_probe() {
  placement_ = {.path = {},
                .left_out = "the program does not compile with the probe beside it",
                .goroutines = false};
}

std::unique_ptr<StageWatcher> Diagnostician::watch(const Job& job, StageKind kind,
                                                   const policies::Limits& limits, int binary,
                                                   Nanoseconds begin,
                                                   sandbox::Execution& execution) const {
  const auto detail =
      is_program(kind) ? ProcessWatch::Detail::kNames : ProcessWatch::Detail::kPackages;
  ProbeReader probe = has_probe() && binary >= 0 ? ProbeReader::of_binary(binary) : ProbeReader();
  auto watcher =
      std::make_unique<StageWatcher>(limits, detail, std::move(probe), own_profile_of(job, kind));
  watcher->begin = begin;
  if (!job.diagnose) return watcher;
  watcher->filters_gc = is_program(kind) && job.gctrace;
  watcher->filters_report = is_program(kind) && placement_.goroutines;
  for (sandbox::ProgramStart& program : execution.programs) {
    if (watcher->filters_gc) add_gctrace(program.environment);
    watcher->environment = program.environment;
  }
  StageWatcher* const listening = watcher.get();
  execution.sampler = [listening](const sandbox::ControlGroup& group, Nanoseconds offset) {
    return listening->watch.sample(group, offset);
  };
  if (watcher->filters_gc || watcher->filters_report) {
    execution.stderr_filter = [listening](std::string_view bytes, bool end) {
      std::string passed(bytes);
      if (listening->filters_report) {
        passed = listening->report.feed(passed);
        if (end) passed += listening->report.release();
      }
      return listening->filters_gc ? without_trace(*listening, passed, end) : passed;
    };
  }
  return watcher;
}

void Diagnostician::diagnose(const Job& job, StageWatcher& watcher, StageResult& stage) const {
  if (!job.diagnose) return;
  StageObservation observation = watcher.watch.take();
  Evidence evidence;
  evidence.ending = &stage.ending;
  evidence.observation = &observation;
  if (watcher.filters_gc) evidence.gc = watcher.gc.summary();
  evidence.goroutine_report = watcher.report.report();
  evidence.memory_limit = stage.limits.memory_bytes;
  evidence.cpus = stage.limits.cpus;
  evidence.is_compile = !is_program(stage.kind);
  evidence.race = job.go.race;
  evidence.paths = user_paths_of(job, stage, observation.heap);
  Diagnosis diagnosis = assemble_diagnosis(evidence);
  if (!diagnosis.heap && stage.outcome != Outcome::kOk) {
    diagnosis.heap = observation.heap.report(evidence.paths);
  }

  const bool ended_well = stage.outcome == Outcome::kOk && !job.goroutines && !job.gctrace;
  const bool has_sources = job.kind != JobKind::kExec;
  // Reading the sources again is worth it only for a death that needs explaining.
  const bool cheap = ended_well && !watcher.watch.was_long();
  const CpuBudget budget(kMostProcessorTime);
  const SourceFacts facts =
      has_sources && !cheap ? read_source_facts(job.workspace, budget) : SourceFacts{};
  place_empty_loops(facts, budget, diagnosis);
  RuntimeSettings settings = read_runtime_settings(watcher.environment);
  settings.memory_limit_automatic = job.go.gomemlimit == "auto";
  ValueFlow flow(has_sources && !cheap ? &job.workspace : nullptr, budget);
  HintInput input{.kind = stage.kind,
                  .outcome = stage.outcome,
                  .ending = stage.ending,
                  .limits = stage.limits,
                  .diagnosis = diagnosis,
                  .facts = facts,
                  .flow = flow,
                  .settings = settings,
                  .history = observation.heap_history,
                  .goroutines = parse_probe_goroutines(observation.probe_page, evidence.paths),
                  .race = job.go.race && job.kind != JobKind::kExec,
                  .fake_time = job.go.fake_time,
                  .goroutines_wanted = job.goroutines && is_program(stage.kind),
                  .goroutines_refused = goroutines_refusal(job, placement_)};
  std::vector<Hint> hints = make_hints(input);
  if (facts.cut || budget.was_spent()) {
    hints.push_back({"diagnosis_cut", "the diagnosis stopped after " +
                                          format_duration(kMostProcessorTime) +
                                          " of processor time: not all of the sources were read"});
  }
  diagnosis.hints = std::move(hints);
  stage.timeline = {.kind = stage.kind,
                    .outcome = stage.outcome,
                    .begin = watcher.begin,
                    .wall = stage.ending.wall,
                    .limits = stage.limits,
                    .points = observation.timeline.points(),
                    .marks = marks_of(stage, evidence.gc, observation.timeline.points())};
  stage.diagnosis = std::move(diagnosis);
}

}  // namespace gobox::runner
