#include "runner/job/job_context.h"

#include <fcntl.h>

#include "base/file.h"
#include "runner/golang/build_flags.h"
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
  const std::string directory = TRY(find_package(workspace, context.job.package));
  entry = TRY(plan_entry(workspace, build_target_of(context),
                         {directory, context.job.how_to_name_package}));
  TRY(go_mod_fixup(workspace, language, entry.module_directory));
  if (rebuilds_standard_library(context.job.go)) {
    workspace.notes.push_back(
        "with these build flags the standard library is compiled anew: give the compile stage a "
        "minute");
  }
  if (entry.test_source.empty()) return {};
  return rename_file(workspace, entry.test_source, entry.test_target);
}

// What could only fail after minutes, or for reasons nobody would guess.
Result<void> check_race(const JobContext& context) {
  const Job& job = context.job;
  if (!job.go.race) return {};
  if (!context.toolchain.has_race_runtime) {
    return Error::caller("--race: toolchain " + context.toolchain.name +
                         " has no race detector on this host; building its standard library takes "
                         "gcc and the C library's headers");
  }
  if (job.kind == JobKind::kBuild) return {};
  const policies::StagePolicy& policy =
      context.policy_of(job.kind == JobKind::kTest ? StageKind::kTest : StageKind::kRun);
  if (!policy.binds.empty()) return {};
  return Error::caller("--race: policy " + job.policy_name +
                       " shows a program nothing of the host, and one built with the race detector "
                       "needs the C library");
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
  TRY(check_race(context));
  TRY(complete_workspace(context));
  context.files = TRY(pack_and_share(context.job.workspace));
  context.cache =
      TRY(context.services.prepare_cache(context.job.policy.compile, context.toolchain,
                                         variant_of(context.job.go), context.job.cancel));
  return {};
}

Result<void> prepare_command(JobContext& context) {
  Workspace& workspace = context.job.workspace;
  if (!workspace.files.empty()) context.files = TRY(pack_and_share(workspace));
  return {};
}

BuildTarget build_target_of(const JobContext& context) {
  BuildTarget target;
  target.go_minor = context.toolchain.minor;
  target.cgo = context.job.go.race;
  if (context.job.go.race) target.tags.push_back("race");
  if (context.job.go.fake_time) target.tags.push_back("faketime");
  const std::vector<std::string>& tags = context.job.go.tags;
  target.tags.insert(target.tags.end(), tags.begin(), tags.end());
  return target;
}

Result<UniqueFd> standard_input_of(const Job& job) {
  if (job.standard_input.empty()) return UniqueFd();
  return sealed_memory_file("stdin", job.standard_input);
}

}  // namespace gobox::runner
