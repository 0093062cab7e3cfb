#include "runner/job/job_context.h"

#include "base/file.h"
#include "runner/source/file_archive.h"

namespace gobox::runner {
namespace {

Result<void> complete_workspace(JobContext& context) {
  Workspace& workspace = context.job.workspace;
  const std::string language = context.toolchain.language_version();
  TRY(require_go(workspace));
  if (context.job.kind == JobKind::kTest) {
    TRY(go_mod_fixup(workspace, language));
    return {};
  }
  EntryPlan& entry = context.entry;
  entry = TRY(plan_entry(workspace, build_target_of(context)));
  TRY(go_mod_fixup(workspace, language, entry.module_directory));
  if (entry.test_source.empty()) return {};
  return rename_file(workspace, entry.test_source, entry.test_target);
}

CacheVariant variant_of(const GoSettings& settings) {
  if (settings.race) return CacheVariant::kRace;
  return settings.fake_time ? CacheVariant::kFakeTime : CacheVariant::kPlain;
}

}  // namespace

const policies::StagePolicy& JobContext::policy_of(StageKind kind) const {
  switch (kind) {
    case StageKind::kCompile:
      return job.policy.compile;
    case StageKind::kVet:
      return job.policy.vet;
    case StageKind::kTest:
      return job.policy.test;
    case StageKind::kRun:
      break;
  }
  return job.policy.run;
}

Result<void> prepare_go_job(JobContext& context) {
  context.toolchain = TRY(find_toolchain(context.services.toolchains(), context.job.toolchain));
  TRY(complete_workspace(context));
  context.files = TRY(pack_files(context.job.workspace));
  context.cache = TRY(context.services.prepare_cache(context.job.policy.compile, context.toolchain,
                                                     variant_of(context.job.go)));
  return {};
}

Result<void> prepare_command(JobContext& context) {
  if (!context.job.workspace.files.empty()) context.files = TRY(pack_files(context.job.workspace));
  return {};
}

BuildTarget build_target_of(const JobContext& context) {
  BuildTarget target;
  target.go_minor = context.toolchain.minor;
  target.cgo = context.job.go.race;
  if (context.job.go.race) target.tags.push_back("race");
  if (context.job.go.fake_time) target.tags.push_back("faketime");
  return target;
}

Result<UniqueFd> standard_input_of(const Job& job) {
  if (job.standard_input.empty()) return UniqueFd();
  return sealed_memory_file("stdin", job.standard_input);
}

}  // namespace gobox::runner
