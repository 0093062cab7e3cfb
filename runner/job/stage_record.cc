// SPDX-License-Identifier: Apache-2.0

#include "runner/job/stage_record.h"

#include "runner/job/artifacts.h"

namespace gobox::runner {
namespace {

Isolation describe_isolation(const sandbox::CgroupTree& groups, bool own_ids) {
  Isolation isolation;
  isolation.cgroup = sandbox::name_of(groups.mode());
  isolation.namespaces = {"user", "pid", "mount", "net", "ipc", "uts", "cgroup"};
  isolation.user = own_ids ? "1000 inside, an unprivileged id of its own outside"
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

// The weightiest outcome is the job's; of equal ones the first stage's.
void decide(JobResult& result) {
  result.message = "ended normally";
  for (const StageResult& stage : result.stages) {
    if (!decides(stage)) continue;
    const bool weightier = stage.outcome < result.outcome;
    if (!result.stage || weightier || result.outcome == Outcome::kOk) {
      result.outcome = stage.outcome;
      result.stage = stage.kind;
      result.message = stage.message;
      result.retryable = stage.retryable;
    }
  }
}

void add_omissions(JobResult& result) {
  std::uint64_t not_kept = 0;
  bool more_refused = false;
  for (const StageResult& stage : result.stages) {
    not_kept += stage.not_kept;
    more_refused |= stage.ending.more_refused;
  }
  if (not_kept > 0) {
    result.hints.push_back(std::to_string(not_kept) + (not_kept == 1 ? " entry" : " entries") +
                           " of /work could not be copied out: links, devices, pipes, sockets and "
                           "unreadable files are left out");
  }
  if (more_refused) {
    result.hints.push_back("the policy refused more different calls than are listed");
  }
}

void add_hints(const Job& job, JobResult& result) {
  const StageResult* const explained = result.explained();
  if (explained != nullptr && explained->diagnosis) {
    for (const Hint& hint : explained->diagnosis->hints) result.hints.push_back(hint.text);
  }
  const std::vector<std::string>& notes = job.workspace.notes;
  result.hints.insert(result.hints.end(), notes.begin(), notes.end());
  add_omissions(result);
  for (const std::string& missing : result.isolation.not_enforced) {
    result.hints.push_back("not enforced on this host: " + missing);
  }
}

}  // namespace

Next StageRecord::add(StageResult stage) {
  stages_.push_back(std::move(stage));
  const bool stop = decides(stages_.back()) && stages_.back().outcome != Outcome::kOk;
  return stop ? Next::kStop : Next::kGoOn;
}

JobResult StageRecord::verdict(const JobContext& context) && {
  const Job& job = context.job;
  JobResult result;
  result.id = job.id;
  result.stages = std::move(stages_);
  result.tests = std::move(tests_);
  result.cover_profile = std::move(cover_profile_);
  decide(result);
  result.total = context.before + context.used();
  result.queued = job.queued;
  result.compile_cached = compile_cached_;
  if (context.modules) {
    result.modules = used_modules(context.modules->resolution.modules);
    result.module_notes = context.modules->resolution.notes;
  }
  result.toolchain = context.toolchain.name;
  result.policy = job.policy_name;
  result.shows_timeline = job.timeline;
  sandbox::Launcher& launcher = context.services.launcher();
  result.isolation = describe_isolation(launcher.groups(), launcher.gives_own_ids());
  add_hints(job, result);
  if (context.artifacts != nullptr) {
    if (const std::uint64_t left_out = context.artifacts->left_out(); left_out > 0) {
      result.hints.push_back(std::to_string(left_out) +
                             " of the files asked for were left out: at most " +
                             std::to_string(Artifacts::kMaxFiles) + " files and " +
                             format_size(Artifacts::kMaxBytes) + " are taken");
    }
    result.artifacts = std::move(*context.artifacts).list();
  }
  return result;
}

}  // namespace gobox::runner
