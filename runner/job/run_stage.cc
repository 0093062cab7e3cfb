// SPDX-License-Identifier: Apache-2.0

#include "runner/job/run_stage.h"

namespace gobox::runner {
namespace {

// What decides the shape of its sandbox: prefetch and run must agree.
StageOrder order_of(const JobContext& context, StageKind kind) {
  StageOrder order;
  order.kind = kind;
  // Programs find time zones and sources where their toolchain keeps them.
  order.binds = toolchain_binds(context.toolchain);
  return order;
}

}  // namespace

Result<StageResult> run_binary(const JobContext& context, StageExecutor& executor,
                               const BinaryRun& run) {
  const Job& job = context.job;
  const UniqueFd input = TRY(standard_input_of(job));
  StageOrder order = order_of(context, run.kind);
  // A name by which it can start itself again.
  order.program.arguments = {sandbox::kBinaryPath};
  if (run.kind == StageKind::kTest) order.program.arguments = {sandbox::kTestBinaryPath, "-test.v"};
  order.program.arguments.insert(order.program.arguments.end(), job.arguments.begin(),
                                 job.arguments.end());
  order.program.environment =
      program_environment(job.go, context.policy_of(run.kind).limits, job.environment);
  const bool is_test = run.kind == StageKind::kTest;
  if (job.go_in_path || (is_test && job.policy.go_in_path)) {
    show_go(context, order.binds, order.program.environment);
  }
  order.program.working_directory = below_work(run.directory);
  order.program.binary = run.binary;
  order.files = context.files.get();
  order.standard_input = job.standard_input_stream >= 0 ? job.standard_input_stream : input.get();
  order.prefetched = run.prefetched;
  return executor.execute(order);
}

Result<void> prefetch_run(const JobContext& context, const StageExecutor& executor, StageKind kind,
                          Prefetch& prefetch) {
  return executor.prefetch(order_of(context, kind), prefetch);
}

Result<StageResult> run_command(const JobContext& context, StageExecutor& executor) {
  const Job& job = context.job;
  const UniqueFd input = TRY(standard_input_of(job));
  StageOrder order;
  order.kind = StageKind::kRun;
  order.program.arguments = job.arguments;
  order.program.named_by_caller = true;
  order.program.environment = program_environment(job.go, job.policy.run.limits, job.environment);
  order.binds = job.place.binds;
  if (!job.place.directory.empty()) order.program.working_directory = job.place.directory;
  if (job.place.program) order.program.binary = job.place.program->get();
  order.files = context.files.get();
  order.standard_input = job.standard_input_stream >= 0 ? job.standard_input_stream : input.get();
  return executor.execute(order);
}

}  // namespace gobox::runner
