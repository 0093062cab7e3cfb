// SPDX-License-Identifier: Apache-2.0

#include "runner/job/vet_stage.h"

namespace gobox::runner {

Result<StageResult> vet(const JobContext& context, StageExecutor& executor) {
  GoSettings settings = context.job.go;
  settings.race = false;  // vet reads types, and the race variant of them lies in another cache
  const auto cache = TRY(context.services.prepare_cache(
      context.job.policy.compile, context.toolchain, CacheVariant::kPlain, context.job.cancel));
  std::vector<std::string> packages = context.entry.build_arguments;
  if (packages.empty()) packages = {"."};
  StageOrder order;
  order.kind = StageKind::kVet;
  order.binds = toolchain_binds(context.toolchain);
  order.binds.push_back(show(cache, kCacheDirectory));
  order.program.arguments = vet_arguments(context.toolchain, settings, packages);
  order.program.environment =
      go_environment(context.toolchain, settings, context.job.policy.vet.limits,
                     find_file(context.job.workspace, "go.work") != nullptr);
  show_modules(context, order.binds, order.program.environment);
  order.program.working_directory = below_work(context.entry.module_directory);
  order.files = context.files.get();
  return executor.execute(order);
}

}  // namespace gobox::runner
