// The compile stage of a JobRun: directly or by the go command, or from the compile cache.

#include <sys/stat.h>

#include "base/file.h"
#include "runner/golang/probe_source.h"
#include "runner/job/job_run.h"
#include "runner/source/file_archive.h"
#include "runner/source/scratch.h"

namespace gobox::runner {

Result<JobRun::Next> JobRun::compile_program() {
  const auto once = [&]() -> Result<Next> {
    std::vector<std::string> packages = entry_.build_arguments;
    for (std::string& each : diagnostician_.more_build_arguments(job_)) {
      packages.push_back(std::move(each));
    }
    const auto arguments = entry_.test_source.empty()
                               ? build_arguments(*toolchain_, job_.go, packages)
                               : test_build_arguments(*toolchain_, job_.go, {"."});
    return compile(arguments, entry_.module_directory);
  };
  const Next next = TRY(once());
  if (next == Next::kGoOn || !diagnostician_.is_to_blame(stages_.back())) return next;
  stages_.pop_back();
  diagnostician_.forget_probe();
  sources_ = job_.workspace;
  source_files_ = TRY(pack_files(sources_));
  return once();
}

Result<JobRun::Next> JobRun::compile(std::vector<std::string> arguments,
                                     const std::string& directory) {
  const policies::StagePolicy& policy = job_.policy.compile;
  StagePlan plan;
  plan.kind = StageKind::kCompile;
  plan.policy = &policy;
  plan.binds = toolchain_binds(*toolchain_);
  plan.binds.push_back(show(cache_, kCacheDirectory));
  plan.program.arguments = std::move(arguments);
  plan.program.environment = go_environment(*toolchain_, job_.go, policy.limits,
                                            find_file(job_.workspace, "go.work") != nullptr);
  plan.program.working_directory = below_work(directory);
  plan.files = source_files_.get();
  plan.keep_binary = true;
  const DirectDecision direct = decide_direct();
  if (direct.plan) plan.direct = &*direct.plan;
  UniqueFd direct_files;
  if (direct.plan && direct.plan->imports_probe) {
    direct_files = TRY(pack_files(sources_with_probe_import()));
    plan.files = direct_files.get();
  }
  plan.why_not_direct = direct.why_not;
  if (!runner_.compiles_ || job_.cache_scope.empty() || job_.explain) return run_stage(plan);

  const Sha256Digest key = compile_key(plan);
  if (const auto entry = runner_.compiles_->find(key)) return replay(*entry);
  const Next next = TRY(run_stage(plan));
  TRY(keep_compile(key, stages_.back()));
  return next;
}

DirectDecision JobRun::decide_direct() const {
  if (!job_.direct_compile) return {std::nullopt, "not asked for"};
  if (job_.kind == JobKind::kTest) return {std::nullopt, "tests are compiled"};
  const auto tools = runner_.direct_tools_of(cache_);
  if (!tools) return {std::nullopt, "this toolchain's go command builds in an unknown way"};
  // The goroutine report is a main of its own, and cannot be a package.
  const auto memory = diagnostician_.has_probe() && !job_.goroutines
                          ? std::optional(job_.policy.run.limits.memory_bytes)
                          : std::nullopt;
  return plan_direct_compile({.workspace = sources_,
                              .entry = entry_,
                              .toolchain = *toolchain_,
                              .settings = job_.go,
                              .target = build_target(),
                              .limits = job_.policy.compile.limits,
                              .probe_memory_bytes = memory},
                             *tools);
}

Workspace JobRun::sources_with_probe_import() const {
  Workspace sources = sources_;
  const std::string& directory = entry_.package_directory;
  const std::string path = (directory.empty() ? "" : directory + "/") + std::string(kProbeFile);
  for (SourceFile& file : sources.files) {
    if (file.path == path) file.bytes = probe_import_text();
  }
  return sources;
}

// Everything that reaches the compile stage. The cache's directory names the toolchain, which
// installation of it, and the variant; the limits are in, because they decide too.
Sha256Digest JobRun::compile_key(const StagePlan& plan) const {
  Sha256 hash;
  const auto add = [&](std::string_view field) { hash.update_field(field); };
  add("compile 1");
  add(job_.cache_scope);
  add(cache_.string());
  add(plan.policy->name);
  const policies::Limits& limits = plan.policy->limits;
  for (const std::uint64_t limit :
       {static_cast<std::uint64_t>(limits.wall.count()),
        static_cast<std::uint64_t>(limits.cpu.value_or(Nanoseconds(0)).count()),
        limits.memory_bytes, limits.pids, limits.disk_bytes, limits.disk_inodes,
        limits.output_bytes, limits.file_bytes, static_cast<std::uint64_t>(limits.cpus * 1000)}) {
    add(std::to_string(limit));
  }
  const auto add_program = [&](const sandbox::ProgramStart& program) {
    for (const auto* list : {&program.arguments, &program.environment}) {
      add(std::to_string(list->size()));
      for (const std::string& each : *list) add(each);
    }
    add(program.working_directory);
  };
  add_program(plan.program);
  add(plan.direct != nullptr ? "direct" : "go");
  if (plan.direct != nullptr) {
    for (const sandbox::ProgramStart& program : plan.direct->programs) add_program(program);
  }
  add(std::to_string(sources_.files.size()));
  for (const SourceFile& file : sources_.files) {
    add(file.path);
    add(file.executable ? "x" : "-");
    add(file.bytes);
  }
  return hash.finish();
}

Result<JobRun::Next> JobRun::replay(const CompileCache::Entry& entry) {
  if (job_.observer.on_stage_start) job_.observer.on_stage_start(StageKind::kCompile);
  if (entry.binary) binary_ = TRY(sealed_copy(entry.binary.get(), "main"));
  compile_cached_ = true;
  if (job_.observer.on_output) {
    for (const sandbox::OutputChunk& chunk : entry.stage.ending.output) {
      job_.observer.on_output(StageKind::kCompile, chunk.is_stderr, chunk.bytes);
    }
  }
  return finish_stage(entry.stage);
}

Result<void> JobRun::keep_compile(const Sha256Digest& key, const StageResult& stage) {
  if (!CompileCache::accepts(stage)) return {};
  CompileCache::Entry entry;
  entry.stage = stage;
  // A hit spends nothing: what is kept is what was said, not what it cost.
  entry.stage.ending.setup = entry.stage.ending.wall = Nanoseconds(0);
  entry.stage.ending.usage = {};
  for (sandbox::OutputChunk& chunk : entry.stage.ending.output) chunk.offset = Nanoseconds(0);
  if (stage.outcome == Outcome::kOk) {
    struct stat status {};

    if (::fstat(binary_.get(), &status) != 0) return Error::system("fstat the binary");
    entry.binary_bytes = static_cast<std::uint64_t>(status.st_size);
    entry.binary = TRY(sealed_copy(binary_.get(), "main"));
  }
  runner_.compiles_->insert(key, std::move(entry));
  return {};
}

}  // namespace gobox::runner
