#include "runner/job/job_run.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "runner/job/usage_pulse.h"
#include "runner/source/file_archive.h"
#include "runner/source/scratch.h"

namespace gobox::runner {
namespace {

constexpr std::uint64_t kMaxBinary = std::uint64_t{512} << 20;

Isolation describe_isolation(const sandbox::CgroupTree& groups) {
  Isolation isolation;
  isolation.cgroup = sandbox::name_of(groups.mode());
  isolation.namespaces = {"user", "pid", "mount", "net", "ipc", "uts", "cgroup"};
  isolation.user = ::geteuid() == 0 ? "1000 inside, an unprivileged id of its own outside"
                                    : "1000 inside, the caller's own id outside";
  for (const sandbox::MissingRight& right : groups.missing()) {
    isolation.not_enforced.push_back(right.what);
  }
  return isolation;
}

// Vet advises: what it finds is reported and decides nothing.
bool decides(const StageResult& stage) {
  return stage.kind != StageKind::kVet || stage.outcome == Outcome::kSandboxError ||
         stage.outcome == Outcome::kCanceled;
}

}  // namespace

JobRun::JobRun(JobRunner& runner, Job job) : runner_(runner), job_(std::move(job)) {}

// The program was never reached: the compiler said no, or a step of ours failed.
JobRun::~JobRun() {
  release_prefetched();
}

Result<JobResult> JobRun::run() {
  if (job_.kind != JobKind::kExec) TRY(resolve());
  // From here on the clock runs: finding things and preparing a cache is not the program's time.
  start_ = Clock::now();
  if (job_.kind == JobKind::kExec) {
    TRY(run_command());
  } else if (job_.kind == JobKind::kTest) {
    TRY(run_test_stages());
  } else {
    TRY(run_program_stages());
  }
  return verdict();
}

Result<void> JobRun::resolve() {
  found_ = TRY(find_toolchain(runner_.toolchains_, job_.toolchain));
  toolchain_ = &found_;
  TRY(require_go(job_.workspace));
  const BuildTarget target = build_target();
  if (job_.kind == JobKind::kTest) {
    TRY(go_mod_fixup(job_.workspace, found_.language_version()));
  } else {
    entry_ = TRY(plan_entry(job_.workspace, target));
    TRY(go_mod_fixup(job_.workspace, found_.language_version(), entry_.module_directory));
    if (!entry_.test_source.empty()) {
      TRY(rename_file(job_.workspace, entry_.test_source, entry_.test_target));
    }
  }
  files_ = TRY(pack_files(job_.workspace));
  TRY(pack_sources());
  const CacheVariant variant = job_.go.race        ? CacheVariant::kRace
                               : job_.go.fake_time ? CacheVariant::kFakeTime
                                                   : CacheVariant::kPlain;
  cache_ = TRY(runner_.caches_.prepare(runner_.launcher_, job_.policy.compile, found_, variant,
                                       runner_.progress_));
  return {};
}

BuildTarget JobRun::build_target() const {
  BuildTarget target;
  target.go_minor = found_.minor;
  target.cgo = job_.go.race;
  if (job_.go.race) target.tags.push_back("race");
  if (job_.go.fake_time) target.tags.push_back("faketime");
  return target;
}

Result<void> JobRun::pack_sources() {
  sources_ = diagnostician_.sources_with_probe(job_, entry_);
  source_files_ = TRY(pack_files(sources_));
  return {};
}

Result<void> JobRun::run_program_stages() {
  const bool is_test = !entry_.test_source.empty();
  if (job_.kind != JobKind::kBuild) {
    TRY(prefetch(is_test ? StageKind::kTest : StageKind::kRun));
  }
  if (TRY(compile_program()) == Next::kStop) return {};
  if (job_.vet) TRY(vet());
  if (job_.kind == JobKind::kBuild) return {};
  TRY(run_binary(is_test ? StageKind::kTest : StageKind::kRun, ""));
  return {};
}

Result<void> JobRun::run_test_stages() {
  const BuildTarget target = build_target();
  const std::vector<std::string> directories = test_directories(job_.workspace, target);
  if (directories.empty()) return Error::caller("there is no _test.go file to test");
  for (const std::string& directory : directories) {
    const std::string module = module_directory_of(job_.workspace, directory);
    const std::string package = directory.size() > module.size()
                                    ? directory.substr(module.empty() ? 0 : module.size() + 1)
                                    : "";
    const auto arguments = test_build_arguments(*toolchain_, job_.go, {"./" + package});
    if (TRY(compile(arguments, module)) == Next::kStop) return {};
    if (TRY(run_binary(StageKind::kTest, directory)) == Next::kStop &&
        stages_.back().outcome != Outcome::kExited) {
      return {};
    }
  }
  return {};
}

Result<void> JobRun::vet() {
  const policies::StagePolicy& policy = job_.policy.vet;
  GoSettings settings = job_.go;
  settings.race = false;  // vet reads types, and the race variant of them lies in another cache
  StagePlan plan;
  plan.kind = StageKind::kVet;
  plan.policy = &policy;
  plan.binds = toolchain_binds(*toolchain_);
  const auto cache =
      TRY(runner_.caches_.prepare(runner_.launcher_, job_.policy.compile, *toolchain_,
                                  CacheVariant::kPlain, runner_.progress_));
  plan.binds.push_back(show(cache, kCacheDirectory));
  plan.program.arguments =
      vet_arguments(*toolchain_, entry_.build_arguments.empty() ? std::vector<std::string>{"."}
                                                                : entry_.build_arguments);
  plan.program.environment = go_environment(*toolchain_, settings, policy.limits,
                                            find_file(job_.workspace, "go.work") != nullptr);
  plan.program.working_directory = below_work(entry_.module_directory);
  plan.files = files_.get();
  TRY(run_stage(plan));
  return {};
}

Result<JobRun::Next> JobRun::run_binary(StageKind kind, const std::string& directory) {
  const bool is_test = kind == StageKind::kTest;
  const policies::StagePolicy& policy = is_test ? job_.policy.test : job_.policy.run;
  const UniqueFd input = TRY(input_file());
  StagePlan plan;
  plan.kind = kind;
  plan.policy = &policy;
  // Programs find time zones and sources where their toolchain keeps them.
  plan.binds = toolchain_binds(*toolchain_);
  plan.program.arguments = {"main"};
  if (is_test) plan.program.arguments.push_back("-test.v");
  plan.program.arguments.insert(plan.program.arguments.end(), job_.arguments.begin(),
                                job_.arguments.end());
  plan.program.environment = program_environment(job_.go, policy.limits, job_.environment);
  plan.program.working_directory = below_work(directory);
  plan.program.executable = binary_.get();
  plan.files = files_.get();
  plan.standard_input = input.get();
  return run_stage(plan);
}

Result<JobRun::Next> JobRun::run_command() {
  const policies::StagePolicy& policy = job_.policy.run;
  const UniqueFd input = TRY(input_file());
  if (!job_.workspace.files.empty()) files_ = TRY(pack_files(job_.workspace));
  StagePlan plan;
  plan.kind = StageKind::kRun;
  plan.policy = &policy;
  plan.program.arguments = job_.arguments;
  plan.program.environment = program_environment(job_.go, policy.limits, job_.environment);
  plan.files = files_.get();
  plan.standard_input = input.get();
  return run_stage(plan);
}

Result<UniqueFd> JobRun::input_file() const {
  if (job_.standard_input.empty()) return UniqueFd();
  return sealed_memory_file("stdin", job_.standard_input);
}

Result<JobRun::Next> JobRun::run_stage(const StagePlan& plan) {
  if (job_.observer.on_stage_start) job_.observer.on_stage_start(plan.kind);
  auto supervised = supervise(plan);
  if (!supervised && supervised.error().kind == Error::Kind::kCaller) {
    return std::move(supervised).error();
  }
  StageResult stage;
  if (supervised) {
    stage = std::move(*supervised);
  } else {
    stage.kind = plan.kind;
    stage.outcome = Outcome::kSandboxError;
    stage.message = supervised.error().message;
    stage.limits = plan.policy->limits;
  }
  return finish_stage(std::move(stage));
}

JobRun::Next JobRun::finish_stage(StageResult stage) {
  stages_.push_back(std::move(stage));
  if (job_.observer.on_stage_end) job_.observer.on_stage_end(stages_.back());
  const bool stop = decides(stages_.back()) && stages_.back().outcome != Outcome::kOk;
  return stop ? Next::kStop : Next::kGoOn;
}

void JobRun::hand_on(const StageResult& stage) const {
  if (!job_.observer.on_output) return;
  for (const sandbox::OutputChunk& chunk : stage.ending.output) {
    job_.observer.on_output(stage.kind, chunk.is_stderr, chunk.bytes);
  }
}

Result<StageResult> JobRun::supervise(const StagePlan& plan) {
  const policies::StagePolicy& policy = *plan.policy;
  const sandbox::PoolSpec spec = TRY(sandbox_for(plan));
  if (plan.kind == StageKind::kRun || plan.kind == StageKind::kTest) prefetched_.reset();
  std::unique_ptr<sandbox::Sandbox> sandbox = TRY(runner_.pool_.take(spec));
  sandbox::Execution execution;
  execution.programs = {plan.program};
  if (plan.direct != nullptr) execution.programs = plan.direct->programs;
  execution.files = plan.files;
  execution.standard_input = plan.standard_input;
  execution.limits = policy.limits;
  const Nanoseconds used = Clock::now() - start_;
  execution.total_left = std::max(Nanoseconds(1'000'000), job_.policy.total - used);
  execution.quit_first = plan.kind == StageKind::kRun || plan.kind == StageKind::kTest;
  execution.explain = job_.explain;
  execution.cancel = job_.cancel;
  // What a directly called tool says is handed on when it has ended, as the go command does it.
  if (job_.observer.on_output && plan.direct == nullptr) {
    execution.sink = [&](bool is_stderr, std::string_view bytes) {
      job_.observer.on_output(plan.kind, is_stderr, bytes);
    };
  }
  const auto watcher = diagnostician_.watch(job_, plan.kind, policy.limits, plan.program.executable,
                                            used, execution);
  if (job_.observer.on_usage) {
    execution.sampler =
        with_pulse(std::move(execution.sampler), UsagePulse([&](const StageUsage& so_far) {
                     job_.observer.on_usage(plan.kind, policy.limits, so_far);
                   }));
  }
  StageResult stage;
  stage.kind = plan.kind;
  stage.limits = policy.limits;
  stage.ending = TRY(sandbox->run(execution));
  if (stage.ending.killed == sandbox::KillReason::kTotalLimit) {
    // The caller's limit is over all stages; the sandbox knew only what was left of it.
    stage.ending.used += job_.policy.total - stage.ending.limit;
    stage.ending.limit = job_.policy.total;
  }
  stage.direct = plan.direct != nullptr;
  stage.why_not_direct = plan.why_not_direct;
  if (stage.direct) {
    present_as_go_build(*plan.direct, stage.ending);
    hand_on(stage);
  }
  stage.outcome = judge(stage.ending, {.kind = plan.kind, .race = job_.go.race});
  stage.message = explain(stage.outcome, stage.ending, plan.kind, policy.limits);
  if (plan.keep_binary && stage.outcome == Outcome::kOk) {
    const UniqueFd made = TRY(open_regular(sandbox->space(), kOutputBelowSpace, kMaxBinary));
    binary_ = TRY(sealed_copy(made.get(), "main"));
  } else {
    // What the compiler leaves for the linker counts as left over only where they were interrupted.
    const bool ended = stage.ending.killed == sandbox::KillReason::kNone;
    const bool ignores_object = plan.direct != nullptr && ended;
    const Workspace& inputs = plan.kind == StageKind::kCompile ? sources_ : job_.workspace;
    stage.leftover =
        find_leftovers(sandbox->space(), inputs, ignores_object ? kObjectBelowSpace : "");
  }
  diagnostician_.diagnose(job_, *watcher, stage);
  const bool is_program = plan.kind == StageKind::kRun || plan.kind == StageKind::kTest;
  if (is_program && !job_.keep_directory.empty()) {
    TRY(copy_out(sandbox->space(), "work", job_.keep_directory));
  }
  runner_.pool_.retire(std::move(sandbox));
  return stage;
}

Result<sandbox::PoolSpec> JobRun::sandbox_for(const StagePlan& plan) {
  const auto watch = job_.explain ? sandbox::Watch::kExplain : sandbox::Watch::kPolicy;
  sandbox::PoolSpec spec;
  spec.policy.name = plan.policy->name;
  spec.policy.limits = plan.policy->limits;
  spec.policy.network = plan.policy->network;
  spec.policy.binds = plan.policy->binds;
  spec.filter = TRY(runner_.filter_of(*plan.policy, watch));
  spec.more_binds = plan.binds;
  if (plan.direct != nullptr) {
    spec.programs = static_cast<unsigned>(plan.direct->programs.size());
  }
  return spec;
}

// The program's sandbox is made while the compiler works.
Result<void> JobRun::prefetch(StageKind kind) {
  StagePlan plan;
  plan.policy = kind == StageKind::kTest ? &job_.policy.test : &job_.policy.run;
  plan.binds = toolchain_binds(*toolchain_);
  prefetched_ = TRY(sandbox_for(plan));
  runner_.pool_.prefetch(*prefetched_);
  return {};
}

void JobRun::release_prefetched() {
  if (prefetched_) runner_.pool_.release(*prefetched_);
  prefetched_.reset();
}

JobResult JobRun::verdict() {
  JobResult result;
  result.id = job_.id;
  result.message = "ended normally";
  for (const StageResult& stage : stages_) {
    if (!decides(stage)) continue;
    const bool weightier = stage.outcome < result.outcome;
    if (!result.stage || weightier || result.outcome == Outcome::kOk) {
      result.outcome = stage.outcome;
      result.stage = stage.kind;
      result.message = stage.message;
    }
  }
  result.total = Clock::now() - start_;
  result.queued = job_.queued;
  result.compile_cached = compile_cached_;
  result.toolchain = toolchain_ != nullptr ? toolchain_->name : "";
  result.policy = job_.policy_name;
  result.shows_timeline = job_.timeline;
  result.isolation = describe_isolation(runner_.launcher_.groups());
  result.stages = std::move(stages_);
  add_hints(result);
  return result;
}

void JobRun::add_hints(JobResult& result) const {
  const StageResult* const explained = result.explained();
  if (explained != nullptr && explained->diagnosis) {
    for (const Hint& hint : explained->diagnosis->hints) result.hints.push_back(hint.text);
  }
  for (const std::string& missing : result.isolation.not_enforced) {
    result.hints.push_back("not enforced on this host: " + missing);
  }
}

}  // namespace gobox::runner
