// SPDX-License-Identifier: Apache-2.0

#include "runner/job/stage_executor.h"

#include <algorithm>

#include "base/canceled.h"
#include "runner/job/artifacts.h"
#include "runner/job/prefetch.h"
#include "runner/job/usage_pulse.h"
#include "runner/source/scratch.h"

namespace gobox::runner {

Result<StageResult> StageExecutor::execute(const StageOrder& order) {
  tell_start(order.kind);
  auto supervised = supervise(order);
  if (!supervised && supervised.error().kind == Error::Kind::kCaller) {
    return std::move(supervised).error();
  }
  StageResult stage;
  if (supervised) {
    stage = std::move(*supervised);
  } else {
    stage.kind = order.kind;
    stage.outcome = is_canceled(supervised.error()) ? Outcome::kCanceled : Outcome::kSandboxError;
    stage.message = supervised.error().message;
    stage.limits = context_.policy_of(order.kind).limits;
  }
  tell_end(stage);
  return stage;
}

void StageExecutor::replay(const StageResult& stage) {
  tell_start(stage.kind);
  hand_on(stage);
  tell_end(stage);
}

Result<void> StageExecutor::prefetch(const StageOrder& order, Prefetch& prefetch) const {
  prefetch.order(TRY(sandbox_for(order)));
  return {};
}

Result<StageResult> StageExecutor::supervise(const StageOrder& order) {
  sandbox::SandboxPool& pool = context_.services.pool();
  const sandbox::PoolSpec spec = TRY(sandbox_for(order));
  if (order.prefetched != nullptr) order.prefetched->taken();
  std::unique_ptr<sandbox::Sandbox> sandbox = TRY(pool.take(spec, context_.job.cancel));
  StageResult stage;
  stage.kind = order.kind;
  stage.limits = context_.policy_of(order.kind).limits;
  const Nanoseconds used = context_.used();
  sandbox::Execution execution = execution_of(order, used);
  const auto watcher = diagnostician_.watch(context_.job, order.kind, stage.limits,
                                            order.program.binary, used, execution);
  pulse(order, execution);
  if (order.begin) order.begin(sandbox->take_relay());
  if (order.listener) {
    execution.sink = [&order, space = sandbox->space()](bool is_stderr, std::string_view bytes) {
      order.listener(space, is_stderr, bytes);
    };
  }
  stage.ending = TRY(sandbox->run(execution));
  judge_ending(order, stage);
  if (order.review) order.review(stage);
  TRY(take_out(order, sandbox->space(), stage));
  diagnostician_.diagnose(context_.job, *watcher, stage);
  if (order.kind == StageKind::kFetch && stage.outcome != Outcome::kOk) hand_on(stage);
  pool.retire(std::move(sandbox));
  return stage;
}

Result<sandbox::PoolSpec> StageExecutor::sandbox_for(const StageOrder& order) const {
  const policies::StagePolicy& policy = context_.policy_of(order.kind);
  const auto watch = context_.job.explain ? sandbox::Watch::kExplain : sandbox::Watch::kPolicy;
  sandbox::PoolSpec spec;
  spec.policy.name = policy.name;
  spec.policy.limits = policy.limits;
  spec.policy.network = policy.network;
  spec.policy.scratch = policy.scratch;
  spec.policy.proc = policy.proc;
  spec.policy.binds = policy.binds;
  spec.filter = TRY(context_.services.filter_of(policy, watch));
  spec.more_binds = order.binds;
  spec.relay = static_cast<bool>(order.begin);
  spec.show_groups = is_program(order.kind) && context_.job.go.as_in_production;
  if (spec.show_groups) spec.policy.proc = policies::ProcView::kSystem;
  if (order.direct != nullptr) {
    spec.programs = static_cast<unsigned>(order.direct->programs.size());
  }
  return spec;
}

sandbox::Execution StageExecutor::execution_of(const StageOrder& order, Nanoseconds used) {
  sandbox::Execution execution;
  execution.programs = {order.program};
  if (order.direct != nullptr) execution.programs = order.direct->programs;
  execution.files = order.files;
  execution.more_files = order.more_files;
  execution.standard_input = order.standard_input;
  execution.limits = context_.policy_of(order.kind).limits;
  // Fetching comes before the total time, which is not a proxy's to use up.
  if (order.kind != StageKind::kFetch) {
    execution.total_left = std::max(Nanoseconds(1'000'000), context_.job.policy.total - used);
  }
  execution.merge_streams = order.merge_streams;
  execution.quit_first = is_program(order.kind);
  execution.explain = context_.job.explain;
  execution.cancel = context_.job.cancel;
  if (is_program(order.kind)) {
    execution.cancel_signal = context_.job.cancel_signal;
    execution.core = context_.job.core.get();
  }
  // What a directly called tool says is handed on when it has ended, as the go command does it.
  // The go command's talk about modules is told when they could not be had.
  const bool told_later = order.direct != nullptr || order.kind == StageKind::kFetch;
  if (context_.job.observer.on_output && !told_later) {
    execution.sink = [this, kind = order.kind](bool is_stderr, std::string_view bytes) {
      tell_output(kind, is_stderr, bytes);
    };
  }
  return execution;
}

// Behind the watcher's sampler, which diagnostics have set.
void StageExecutor::pulse(const StageOrder& order, sandbox::Execution& execution) {
  if (!context_.job.observer.on_usage) return;
  execution.sampler =
      with_pulse(std::move(execution.sampler),
                 UsagePulse(
                     [this, &order](const StageUsage& so_far) {
                       const std::lock_guard lock(observer_mutex_);
                       context_.job.observer.on_usage(
                           order.kind, context_.policy_of(order.kind).limits, so_far);
                     },
                     context_.job.observer.is_watched));
}

void StageExecutor::judge_ending(const StageOrder& order, StageResult& stage) {
  if (stage.ending.killed == sandbox::KillReason::kTotalLimit) {
    // The caller's limit is over all stages; the sandbox knew only what was left of it.
    stage.ending.used += context_.job.policy.total - stage.ending.limit;
    stage.ending.limit = context_.job.policy.total;
  }
  stage.direct = order.direct != nullptr;
  stage.why_not_direct = order.why_not_direct;
  if (stage.direct) {
    present_as_go_build(*order.direct, stage.ending);
    hand_on(stage);
  }
  stage.outcome = judge(stage.ending, {.kind = order.kind, .race = context_.job.go.race});
  stage.message = explain(stage.outcome, stage.ending, order.kind, stage.limits);
}

Result<void> StageExecutor::take_out(const StageOrder& order, int space, StageResult& stage) const {
  if (order.salvage) TRY(order.salvage(space));
  if (order.collect && stage.outcome == Outcome::kOk) {
    TRY(order.collect(space));
  } else {
    // What the compiler leaves for the linker counts as left over only where they were interrupted.
    const bool ended = stage.ending.killed == sandbox::KillReason::kNone;
    const bool ignores_object = order.direct != nullptr && ended;
    const Workspace& inputs = order.inputs != nullptr ? *order.inputs : context_.job.workspace;
    std::vector<std::string> expected;
    if (ignores_object) expected.emplace_back(kObjectBelowSpace);
    // What a file is shown over is an empty one, if it lies in the writable space.
    for (const policies::Bind& bind : order.binds) expected.push_back(bind.target.substr(1));
    stage.leftover = find_leftovers(space, inputs, expected);
  }
  if (is_program(order.kind) && context_.artifacts != nullptr) {
    const auto taken = context_.artifacts->take(space, context_.job.workspace);
    if (!taken) stage.message += "; not every artifact was taken: " + taken.error().message;
  }
  if (is_program(order.kind) && !context_.job.keep_directory.empty()) {
    // What became of the program stands, whatever becomes of the copy.
    const auto kept = copy_out(space, "work", context_.job.keep_directory);
    if (kept) {
      stage.not_kept = *kept;
    } else {
      stage.message += "; not everything was kept: " + kept.error().message;
    }
  }
  return {};
}

void StageExecutor::tell_start(StageKind kind) {
  const std::lock_guard lock(observer_mutex_);
  if (context_.job.observer.on_stage_start) context_.job.observer.on_stage_start(kind);
}

void StageExecutor::tell_end(const StageResult& stage) {
  const std::lock_guard lock(observer_mutex_);
  if (context_.job.observer.on_stage_end) context_.job.observer.on_stage_end(stage);
}

void StageExecutor::tell_output(StageKind kind, bool is_stderr, std::string_view bytes) {
  const std::lock_guard lock(observer_mutex_);
  if (context_.job.observer.on_output) context_.job.observer.on_output(kind, is_stderr, bytes);
}

void StageExecutor::tell_test(const TestEvent& event) {
  const std::lock_guard lock(observer_mutex_);
  if (context_.job.observer.on_test) context_.job.observer.on_test(event);
}

void StageExecutor::tell_package(const PackageTests& package) {
  const std::lock_guard lock(observer_mutex_);
  if (context_.job.observer.on_package) context_.job.observer.on_package(package);
}

void StageExecutor::hand_on(const StageResult& stage) {
  for (const sandbox::OutputChunk& chunk : stage.ending.output) {
    tell_output(stage.kind, chunk.is_stderr, chunk.bytes);
  }
}

}  // namespace gobox::runner
