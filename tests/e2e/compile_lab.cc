// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/compile_lab.h"

#include "gtest/gtest.h"
#include "policies/loader.h"
#include "tests/support/toolchains.h"

namespace gobox::tests {
namespace {

template <typename T>
T need(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    std::abort();
  }
  return std::move(result).value();
}

std::vector<runner::Toolchain> toolchains_under_test() {
  std::vector<runner::Toolchain> toolchains;
  for (const auto& goroot : test_toolchains()) {
    toolchains.push_back(need(runner::inspect_toolchain(goroot)));
  }
  return toolchains;
}

// The launcher outlives the runner, and both the tests.
struct World {
  std::unique_ptr<sandbox::Launcher> launcher =
      need(sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse));
  policies::PolicySet policies =
      need(policies::PolicySet::load(std::string(GOBOX_SOURCE_DIR) + "/policies"));
  runner::JobRunner runner{
      *launcher, toolchains_under_test(), runner::GoCaches(runner::GoCaches::default_root()), {}};
};

std::unique_ptr<World>& world() {
  static std::unique_ptr<World> the_world;
  return the_world;
}

void widen(policies::StagePolicy& stage) {
  stage.limits.wall = std::chrono::seconds(60);
  stage.limits.memory_bytes = std::uint64_t{1} << 30;
}

std::string number_or_none(const std::optional<int>& number) {
  return number ? std::to_string(*number) : "none";
}

}  // namespace

runner::JobRunner& compile_runner() {
  if (!world()) world() = std::make_unique<World>();
  return world()->runner;
}

void end_compile_lab() {
  world().reset();
}

runner::Job make_job(const CompileJob& wanted) {
  compile_runner();
  runner::Job job;
  job.id = runner::new_job_id();
  job.workspace = wanted.workspace;
  job.policy_name = wanted.race ? "race" : "default";
  job.policy = need(world()->policies.job(job.policy_name));
  job.policy.total = std::chrono::minutes(5);
  widen(job.policy.compile);
  widen(job.policy.run);
  job.go.race = wanted.race;
  job.go.fake_time = wanted.fake_time;
  job.toolchain = need(runner::inspect_toolchain(wanted.toolchain)).name;
  job.direct_compile = wanted.way == Way::kDirect;
  return job;
}

runner::JobResult run_job(runner::Job job) {
  auto result = compile_runner().run(std::move(job));
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  return std::move(*result);
}

std::string visible(const runner::JobResult& result) {
  std::string text = std::string("outcome ") + name_of(result.outcome) + "\n";
  for (const runner::StageResult& stage : result.stages) {
    text += std::string("stage ") + name_of(stage.kind) + ": " + name_of(stage.outcome) +
            ", exit code " + number_or_none(stage.ending.exit_code) + ", signal " +
            number_or_none(stage.ending.signal) + ", left over " +
            std::to_string(stage.leftover.count) + "\n";
    text += "-- stdout\n" + stage.ending.text(false) + "-- stderr\n" + stage.ending.text(true);
  }
  return text;
}

bool was_direct(const runner::JobResult& result) {
  return !result.stages.empty() && result.stages.front().direct;
}

runner::Workspace one_file(std::string_view source) {
  return need(runner::workspace_from_source(source));
}

runner::Workspace directory_of(Files files) {
  return need(runner::workspace_from_map(std::move(files)));
}

}  // namespace gobox::tests
