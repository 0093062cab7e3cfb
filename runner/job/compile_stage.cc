// SPDX-License-Identifier: Apache-2.0

#include "runner/job/compile_stage.h"

#include <sys/stat.h>

#include "base/file.h"
#include "runner/golang/probe_source.h"
#include "runner/golang/starter_library.h"
#include "runner/job/compile_key.h"
#include "runner/job/fetch_stage.h"
#include "runner/source/file_archive.h"
#include "runner/source/scratch.h"

namespace gobox::runner {
namespace {

constexpr std::uint64_t kMaxBinary = std::uint64_t{512} << 20;

Result<void> keep(CompileCache& cache, const Sha256Digest& key, const Compiled& compiled) {
  if (!CompileCache::accepts(compiled.stage)) return {};
  CompileCache::Entry entry;
  entry.stage = compiled.stage;
  // A hit spends nothing: what is kept is what was said, not what it cost.
  entry.stage.ending.setup = entry.stage.ending.wall = Nanoseconds(0);
  entry.stage.ending.usage = {};
  for (sandbox::OutputChunk& chunk : entry.stage.ending.output) chunk.offset = Nanoseconds(0);
  if (compiled.stage.outcome == Outcome::kOk) {
    struct stat status {};

    if (::fstat(compiled.binary.get(), &status) != 0) return Error::system("fstat the binary");
    entry.binary_bytes = static_cast<std::uint64_t>(status.st_size);
    entry.binary = TRY(reopen_for_reading(compiled.binary));
  }
  cache.insert(key, std::move(entry));
  return {};
}

}  // namespace

Result<void> CompileStage::prepare() {
  if (!context_.entry.refusal.empty()) return {};
  TRY(take_sources(diagnostician_.sources_with_probe(context_.job, context_.entry)));
  return choose_cache();
}

// With the job's modules in it, for whichever kind of compile this job's will be.
Result<void> CompileStage::choose_cache() {
  cache_ = context_.cache;
  if (is_starter_library(cache_) && !decide_direct().plan) {
    cache_ = TRY(context_.services.prepare_cache(context_.job.policy.compile, context_.toolchain,
                                                 CacheVariant::kPlain, context_.job.cancel));
  }
  if (!context_.modules) return {};
  bool direct = false;
  if (const auto tools = context_.services.direct_tools_of(cache_)) {
    DirectTools with_modules = *tools;
    with_modules.packages = tools->packages.with(context_.modules->resolution.packages);
    direct = decide_direct(with_modules).plan.has_value();
  }
  layer_ = TRY(layer_of(context_, direct));
  if (layer_) cache_ = layer_->directory;
  return {};
}

// No compiler is needed to see it; it is its answer all the same.
Compiled CompileStage::refused() const {
  Compiled compiled;
  StageResult& stage = compiled.stage;
  stage.kind = StageKind::kCompile;
  stage.outcome = Outcome::kCompileError;
  stage.limits = context_.job.policy.compile.limits;
  stage.ending.exit_code = 1;
  stage.ending.output.push_back(
      {.is_stderr = true, .offset = Nanoseconds(0), .bytes = context_.entry.refusal + "\n"});
  stage.message = explain(stage.outcome, stage.ending, stage.kind, stage.limits);
  executor_.replay(stage);
  return compiled;
}

Result<Compiled> CompileStage::program() {
  if (!context_.entry.refusal.empty()) return refused();
  Compiled compiled = TRY(program_once());
  const bool failed = compiled.stage.outcome != Outcome::kOk;
  if (!failed || !diagnostician_.is_to_blame(compiled.stage)) return compiled;
  diagnostician_.forget_probe();
  TRY(take_sources(context_.job.workspace));
  return program_once();
}

Result<Compiled> CompileStage::program_once() {
  const EntryPlan& entry = context_.entry;
  std::vector<std::string> packages = entry.build_arguments;
  for (std::string& each : diagnostician_.more_build_arguments(context_.job)) {
    packages.push_back(std::move(each));
  }
  const auto arguments = entry.test_source.empty()
                             ? build_arguments(context_.toolchain, context_.job.go, packages)
                             : test_build_arguments(context_.toolchain, context_.job.go, {"."});
  return compile(arguments, entry.module_directory);
}

Result<void> CompileStage::take_sources(Workspace sources) {
  sources_ = std::move(sources);
  more_files_ = TRY(pack_changes(context_.job.workspace, sources_));
  return {};
}

Result<Compiled> CompileStage::compile(std::vector<std::string> arguments,
                                       const std::string& directory) {
  StageOrder order;
  order.kind = StageKind::kCompile;
  order.binds = toolchain_binds(context_.toolchain);
  order.binds.push_back(show(cache_, kCacheDirectory));
  order.program.arguments = std::move(arguments);
  order.program.environment =
      go_environment(context_.toolchain, context_.job.go, context_.job.policy.compile.limits,
                     find_file(context_.job.workspace, "go.work") != nullptr);
  show_modules(context_, order.binds, order.program.environment);
  order.program.working_directory = below_work(directory);
  order.files = context_.files.get();
  order.more_files = more_files_.get();
  order.inputs = &sources_;
  const DirectDecision direct = decide_direct();
  if (direct.plan) order.direct = &*direct.plan;
  order.why_not_direct = direct.why_not;
  UniqueFd direct_files;
  if (direct.plan && direct.plan->imports_probe) {
    direct_files = TRY(pack_changes(context_.job.workspace, sources_with_probe_import()));
    order.more_files = direct_files.get();
  }
  return compile_or_recall(order);
}

Result<Compiled> CompileStage::compile_or_recall(StageOrder& order) {
  CompileCache* const cache = context_.services.compiles();
  if (cache == nullptr || context_.job.cache_scope.empty() || context_.job.explain) {
    return compile_now(order);
  }
  const Sha256Digest key = compile_key(context_, order);
  if (const auto entry = cache->find(key)) return recall(*entry);
  Compiled compiled = TRY(compile_now(order));
  TRY(keep(*cache, key, compiled));
  return compiled;
}

Result<Compiled> CompileStage::compile_now(StageOrder& order) {
  Compiled compiled;
  order.collect = [&compiled](int space) -> Result<void> {
    const UniqueFd made = TRY(open_regular(space, kOutputBelowSpace, kMaxBinary));
    compiled.binary = TRY(sealed_copy(made.get(), "main"));
    return {};
  };
  compiled.stage = TRY(executor_.execute(order));
  return compiled;
}

Result<Compiled> CompileStage::recall(const CompileCache::Entry& entry) {
  Compiled compiled;
  compiled.stage = entry.stage;
  compiled.cached = true;
  // Sealed: shared as it is. What runs is a copy in the sandbox.
  if (entry.binary) compiled.binary = TRY(reopen_for_reading(entry.binary));
  executor_.replay(compiled.stage);
  return compiled;
}

DirectDecision CompileStage::decide_direct() const {
  const auto tools = context_.services.direct_tools_of(cache_);
  if (!tools) return {std::nullopt, "this toolchain's go command builds in an unknown way"};
  return decide_direct(*tools);
}

DirectDecision CompileStage::decide_direct(const DirectTools& tools) const {
  const Job& job = context_.job;
  if (!job.direct_compile) return {std::nullopt, "not asked for"};
  if (job.kind == JobKind::kTest) return {std::nullopt, "tests are compiled"};
  // The goroutine report is a main of its own, and cannot be a package.
  const auto memory = diagnostician_.has_probe() && !job.goroutines
                          ? std::optional(job.policy.run.limits.memory_bytes)
                          : std::nullopt;
  return plan_direct_compile(
      {.workspace = sources_,
       .entry = context_.entry,
       .toolchain = context_.toolchain,
       .settings = job.go,
       .target = build_target_of(context_),
       .limits = job.policy.compile.limits,
       .probe_memory_bytes = memory,
       .modules = context_.modules ? &context_.modules->resolution.modules : nullptr},
      tools);
}

Workspace CompileStage::sources_with_probe_import() const {
  Workspace sources = sources_;
  const std::string& directory = context_.entry.package_directory;
  const std::string path = (directory.empty() ? "" : directory + "/") + std::string(kProbeFile);
  for (SourceFile& file : sources.files) {
    if (file.path == path) file.bytes = probe_import_text();
  }
  return sources;
}

}  // namespace gobox::runner
