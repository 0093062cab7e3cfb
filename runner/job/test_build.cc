// SPDX-License-Identifier: Apache-2.0

#include "runner/job/test_build.h"

#include <fcntl.h>

#include <map>
#include <optional>

#include "base/file.h"
#include "runner/job/compile_cache.h"
#include "runner/job/compile_key.h"
#include "runner/source/scratch.h"
#include "runner/testing/build_report.h"
#include "runner/testing/cover_profile.h"
#include "runner/testing/kept_tests.h"
#include "runner/testing/test_command.h"

namespace gobox::runner {
namespace {

StageOrder order_of(const JobContext& context, const std::string& directory) {
  const Job& job = context.job;
  StageOrder order;
  order.kind = StageKind::kCompile;
  order.why_not_direct = "tests are compiled";
  order.binds = toolchain_binds(context.toolchain);
  order.binds.push_back(show(context.cache, kCacheDirectory));
  order.program.arguments = test_command(context.toolchain, job.go, job.test);
  order.program.environment = go_environment(context.toolchain, job.go, job.policy.compile.limits,
                                             find_file(job.workspace, "go.work") != nullptr);
  show_modules(context, order.binds, order.program.environment);
  order.program.working_directory = below_work(directory);
  order.files = context.files.get();
  return order;
}

// A directory inside as the workspace knows it; one outside (the standard library's) stays as it
// is.
std::string in_workspace(const std::string& directory) {
  const std::string top = kWorkDirectory;
  if (directory == top) return "";
  return directory.starts_with(top + "/") ? directory.substr(top.size() + 1) : directory;
}

PackageTests result_of(const BuildReport& report, const BuildReport::Package& package,
                       const StageResult& stage) {
  PackageTests result;
  result.package = package.path;
  result.directory = in_workspace(package.directory);
  const bool interrupted = stage.outcome != Outcome::kOk && stage.outcome != Outcome::kCompileError;
  if (interrupted) {
    result.state = PackageTests::State::kNotRun;
    result.stage = StageKind::kCompile;
    result.outcome = stage.outcome;
    result.message = stage.message;
  } else if (!package.binary.empty()) {
    result.state = PackageTests::State::kRan;
  } else if (package.has_no_tests && !package.failed) {
    result.state = PackageTests::State::kNoTests;
  } else {
    result.state = PackageTests::State::kBuildFailed;
    result.stage = StageKind::kCompile;
    result.outcome = Outcome::kCompileError;
    result.message = "does not build";
    result.build_output = report.messages_of(package);
  }
  return result;
}

// The events were for us: who reads the stage's output sees what the go command would have said.
void present_messages(const BuildReport& report, sandbox::Ending& ending) {
  const bool truncated = ending.stdout_truncated;
  ending.output.clear();
  if (!report.messages().empty()) {
    ending.output.push_back({.is_stderr = true, .offset = ending.wall, .bytes = report.messages()});
  }
  ending.stdout_truncated = false;
  ending.stderr_truncated = ending.stderr_truncated || truncated;
}

Result<std::string> untested_profile(int space) {
  const auto file = open_regular(space, kUntestedProfileBelowSpace, CoverProfile::kMaxBytes);
  if (!file) return std::string();  // every package has tests, or this go command writes none
  return read_fd(file->get(), CoverProfile::kMaxBytes);
}

// Where a caller's binaries are kept, under all of its names: apart from every other caller's.
std::optional<KeptTests> kept_tests(const JobContext& context) {
  const Job& job = context.job;
  if (job.test_cache.empty() || job.cache_scope.empty() || job.explain) return std::nullopt;
  Sha256 hash;
  hash.update_field(job.cache_scope);
  return KeptTests(context.services.caches().root() / "tests" / hex(hash.finish()));
}

Sha256Digest kept_key(const JobContext& context, const StageOrder& order) {
  Sha256 hash;
  hash.update_field(context.job.test_cache);
  hash.update_field(hex(compile_key(context, order)));
  return hash.finish();
}

KeptBuild to_keep(const TestBuild& build) {
  KeptBuild kept;
  kept.exit_code = build.stage.ending.exit_code.value_or(0);
  kept.messages = build.stage.ending.text(true);
  kept.untested = build.untested;
  for (const BuiltTest& each : build.packages) {
    KeptPackage& package = kept.packages.emplace_back();
    package.result = each.result;
    package.binary = UniqueFd(::fcntl(each.binary.get(), F_DUPFD_CLOEXEC, 0));
  }
  return kept;
}

TestBuild from_kept(KeptBuild kept, const policies::Limits& limits) {
  TestBuild build;
  build.cached = true;
  build.untested = std::move(kept.untested);
  StageResult& stage = build.stage;
  stage.kind = StageKind::kCompile;
  stage.outcome = kept.outcome;
  stage.limits = limits;
  stage.why_not_direct = "tests are compiled";
  stage.ending.exit_code = kept.exit_code;
  if (!kept.messages.empty()) {
    stage.ending.output.push_back(
        {.is_stderr = true, .offset = Nanoseconds(0), .bytes = std::move(kept.messages)});
  }
  stage.message = explain(stage.outcome, stage.ending, stage.kind, limits);
  for (KeptPackage& each : kept.packages) {
    build.packages.push_back({std::move(each.result), std::move(each.binary)});
  }
  return build;
}

Result<TestBuild> build_now(const JobContext& context, StageExecutor& executor,
                            BinaryStore& binaries, StageOrder& order) {
  TestBuild build;
  std::map<std::string, UniqueFd> made;  // by package
  int writable = -1;
  BuildReport report(
      [&](const BuildReport::Package& package) -> Result<void> {
        made[package.path] = TRY(binaries.take(writable, package.binary));
        return {};
      },
      [&](std::string_view text) { executor.tell_output(StageKind::kCompile, true, text); });
  order.listener = [&](int space, bool is_stderr, std::string_view bytes) {
    writable = space;
    report.add(is_stderr, bytes);
  };
  order.salvage = [&](int space) -> Result<void> {
    writable = space;
    if (context.job.test.cover) build.untested = TRY(untested_profile(space));
    return {};
  };
  // Nothing is left over: each binary was taken as it came.
  order.collect = [](int) { return Result<void>(); };
  build.stage = TRY(executor.execute(order));
  if (auto taken = report.finish(); !taken && build.stage.outcome <= Outcome::kCompileError) {
    // A binary that could not be taken over is no fault of its package's.
    if (build.stage.ending.killed == sandbox::KillReason::kNone) {
      build.stage.outcome = Outcome::kSandboxError;
      build.stage.message = taken.error().message;
    }
  }
  present_messages(report, build.stage.ending);
  for (const BuildReport::Package& package : report.packages()) {
    BuiltTest& test = build.packages.emplace_back();
    test.result = result_of(report, package, build.stage);
    if (const auto found = made.find(package.path); found != made.end()) {
      test.binary = std::move(found->second);
    }
  }
  return build;
}

}  // namespace

Result<TestBuild> build_tests(const JobContext& context, StageExecutor& executor,
                              BinaryStore& binaries, const std::string& directory) {
  StageOrder order = order_of(context, directory);
  order.inputs = &context.job.workspace;
  const auto kept = kept_tests(context);
  if (!kept) return build_now(context, executor, binaries, order);
  const Sha256Digest key = kept_key(context, order);
  if (auto found = kept->find(key)) {
    TestBuild build = from_kept(std::move(*found), context.policy_of(order.kind).limits);
    executor.replay(build.stage);
    return build;
  }
  TestBuild build = TRY(build_now(context, executor, binaries, order));
  if (context.job.test_cache_write && CompileCache::accepts(build.stage)) {
    // A full disk is no reason to stop: the next job compiles again.
    static_cast<void>(kept->keep(key, to_keep(build)));
  }
  return build;
}

}  // namespace gobox::runner
