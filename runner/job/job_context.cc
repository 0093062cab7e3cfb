// SPDX-License-Identifier: Apache-2.0

#include "runner/job/job_context.h"

#include <fcntl.h>

#include <algorithm>

#include "base/canceled.h"
#include "base/file.h"
#include "runner/golang/build_flags.h"
#include "runner/golang/go_source.h"
#include "runner/golang/race_support.h"
#include "runner/golang/starter_library.h"
#include "runner/source/file_archive.h"

namespace gobox::runner {
namespace {

// The modules whose tests a job runs. A workspace without one at its top has those below it; with
// one, those below are others, as the go command sees it.
std::vector<std::string> modules_to_test(const JobContext& context) {
  const Job& job = context.job;
  const bool at_hand = !job.test.packages.empty() || !job.test_directory.empty() ||
                       find_file(job.workspace, "go.mod") != nullptr;
  if (at_hand) return {job.test_directory};
  std::vector<std::string> modules;
  for (const std::string& directory : test_directories(job.workspace, build_target_of(context))) {
    const std::string module = module_directory_of(job.workspace, directory);
    if (std::find(modules.begin(), modules.end(), module) == modules.end()) {
      modules.push_back(module);
    }
  }
  return modules;
}

Result<void> complete_tests(JobContext& context, const std::string& language) {
  Workspace& workspace = context.job.workspace;
  if (test_directories(workspace, build_target_of(context)).empty()) {
    return Error::caller("there is no _test.go file to test");
  }
  context.test_modules = modules_to_test(context);
  for (const std::string& directory : context.test_modules) {
    TRY(go_mod_fixup(workspace, language, module_directory_of(workspace, directory)));
  }
  return {};
}

// One command compiles all packages of tests, and each of them has the time that a stage has; the
// job's total bounds them together.
void give_each_package_its_time(JobContext& context) {
  policies::JobPolicy& policy = context.job.policy;
  const auto packages = test_directories(context.job.workspace, build_target_of(context)).size();
  const auto most = std::max<std::int64_t>(1, policy.total / policy.compile.limits.wall);
  policy.compile.limits.wall *=
      std::clamp<std::int64_t>(static_cast<std::int64_t>(packages), 1, most);
}

void note_rebuild(JobContext& context) {
  const TestSettings& test = context.job.test;
  const bool everywhere =
      std::any_of(test.build.begin(), test.build.end(),
                  [](const std::string& flag) { return flag.starts_with("-coverpkg="); });
  if (!everywhere && test.fuzz.empty() && !rebuilds_standard_library(context.job.go)) return;
  context.job.workspace.notes.push_back(
      "with these build flags the standard library is compiled anew: give the compile stage a "
      "minute");
}

Result<void> complete_workspace(JobContext& context) {
  Workspace& workspace = context.job.workspace;
  const std::string language = context.toolchain.language_version();
  TRY(require_go(workspace));
  note_rebuild(context);
  if (context.job.kind == JobKind::kTest) {
    TRY(complete_tests(context, language));
    give_each_package_its_time(context);
    return {};
  }
  EntryPlan& entry = context.entry;
  const std::string directory = TRY(find_package(workspace, context.job.package));
  entry = TRY(plan_entry(workspace, build_target_of(context),
                         {directory, context.job.how_to_name_package}));
  TRY(go_mod_fixup(workspace, language, entry.module_directory));
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

Result<void> check_cgo(const JobContext& context) {
  const Job& job = context.job;
  if (!job.go.cgo) return {};
  if (job.go.fake_time) return Error::caller("--cgo: the fake clock is Go's own, C has none");
  const std::string missing = missing_for_cgo();
  if (!missing.empty()) return Error::caller("--cgo: this host lacks " + missing);
  if (job.kind == JobKind::kBuild) return {};
  const policies::StagePolicy& policy =
      context.policy_of(job.kind == JobKind::kTest ? StageKind::kTest : StageKind::kRun);
  if (!policy.binds.empty()) return {};
  return Error::caller("--cgo: policy " + job.policy_name +
                       " shows a program nothing of the host, and one with C in it needs the C "
                       "library");
}

// Whether what is compiled directly, and nothing else of Go, is all that the job asks for.
bool may_start(const JobContext& context) {
  const Job& job = context.job;
  const bool plain = variant_of(job.go) == CacheVariant::kPlain;
  return plain && job.kind != JobKind::kTest && job.direct_compile && !job.vet && !job.go_in_path &&
         !context.services.caches().find(context.toolchain, CacheVariant::kPlain);
}

bool imports_only(const Workspace& workspace, const std::vector<std::string>& packages) {
  for (const SourceFile& file : workspace.files) {
    if (!file.path.ends_with(".go")) continue;
    for (const std::string& each : scan_go_file(file.bytes).imports) {
      if (!std::binary_search(packages.begin(), packages.end(), each)) return false;
    }
  }
  return true;
}

bool is_compiled_directly(const JobContext& context, const DirectTools& tools) {
  return plan_direct_compile({.workspace = context.job.workspace,
                              .entry = context.entry,
                              .toolchain = context.toolchain,
                              .settings = context.job.go,
                              .target = build_target_of(context),
                              .limits = context.job.policy.compile.limits},
                             tools)
      .plan.has_value();
}

// The first programs on a new host need not wait for all of the library. True where the starter
// one does for this job; it is prepared then. Where it cannot be had, the whole one is tried.
Result<bool> choose_starter(JobContext& context) {
  if (!may_start(context)) return false;
  if (!imports_only(context.job.workspace, starter_packages(context.toolchain))) return false;
  auto starter = context.services.prepare_cache(context.job.policy.compile, context.toolchain,
                                                kStarterLibrary, context.job.cancel);
  if (!starter && is_canceled(starter.error())) return std::move(starter).error();
  if (!starter) return false;
  const auto tools = context.services.direct_tools_of(*starter);
  if (!tools || !is_compiled_directly(context, *tools)) return false;
  context.cache = std::move(*starter);
  return true;
}

}  // namespace

CacheVariant variant_of(const GoSettings& settings) {
  if (settings.race) return CacheVariant::kRace;
  if (settings.cgo) return CacheVariant::kCgo;
  return settings.fake_time ? CacheVariant::kFakeTime : CacheVariant::kPlain;
}

const policies::StagePolicy& JobContext::policy_of(StageKind kind) const {
  switch (kind) {
    case StageKind::kFetch:
      return job.policy.fetch;
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
  TRY(check_cgo(context));
  TRY(complete_workspace(context));
  context.files = TRY(pack_and_share(context.job.workspace));
  if (TRY(choose_starter(context))) return {};
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
  target.cgo = context.job.go.race || context.job.go.cgo;
  if (context.job.go.race) target.tags.push_back("race");
  if (context.job.go.fake_time) target.tags.push_back("faketime");
  const std::vector<std::string>& tags = context.job.go.tags;
  target.tags.insert(target.tags.end(), tags.begin(), tags.end());
  return target;
}

void show_modules(const JobContext& context, std::vector<policies::Bind>& binds,
                  std::vector<std::string>& environment) {
  if (!context.module_flag.empty()) set_variable(environment, "GOFLAGS=" + context.module_flag);
  if (!context.modules) return;
  binds.push_back(show(context.modules->service->store().mod_cache(), kModuleCacheDirectory));
  set_variable(environment, std::string("GOMODCACHE=") + kModuleCacheDirectory);
  set_variable(environment, kNoModuleIndex);
}

void show_go(const JobContext& context, std::vector<policies::Bind>& binds,
             std::vector<std::string>& environment) {
  binds.push_back(show(context.cache, kCacheDirectory));
  set_variable(environment, "PATH=" + (context.toolchain.goroot / "bin").string() +
                                ":/usr/local/bin:/usr/bin:/bin");
  for (const char* each : {"GOPATH=/tmp/go", "GOENV=off", "GOPROXY=off", "GOSUMDB=off",
                           "GOTOOLCHAIN=local", "GOTELEMETRY=off"}) {
    set_variable(environment, each);
  }
  set_variable(environment, std::string("GOCACHE=") + kCacheDirectory);
  const bool cgo = context.job.go.race || context.job.go.cgo;
  set_variable(environment, std::string("CGO_ENABLED=") + (cgo ? "1" : "0"));
  set_variable(environment, kNoModuleIndex);
  show_modules(context, binds, environment);
  for (const std::string& each : context.job.environment) set_variable(environment, each);
}

Result<UniqueFd> standard_input_of(const Job& job) {
  if (job.standard_input.empty()) return UniqueFd();
  return sealed_memory_file("stdin", job.standard_input);
}

}  // namespace gobox::runner
