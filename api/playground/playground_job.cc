// SPDX-License-Identifier: Apache-2.0

#include "api/playground/playground_job.h"

#include <algorithm>

#include "runner/golang/go_source.h"

namespace gobox::api {
namespace {

constexpr runner::InputLimits kInputLimits{.max_files = 20, .max_path = 200, .max_depth = 10};
constexpr Nanoseconds kRunTime = std::chrono::seconds(5);
constexpr std::uint64_t kRunMemory = 100ULL << 20;

// Directories below may hold packages of any name.
bool is_in_wrong_package(const runner::SourceFile& file) {
  if (!file.path.ends_with(".go") || file.path.find('/') != std::string::npos) return false;
  const std::string package = runner::scan_go_file(file.bytes).package;
  return !package.empty() && package != "main";
}

}  // namespace

Result<policies::JobPolicy> playground_policy(const Services& services) {
  auto policy = TRY(services.policies.job(services.options.playground_policy));
  for (policies::StagePolicy* stage : {&policy.run, &policy.test}) {
    stage->limits.wall = std::min(stage->limits.wall, kRunTime);
    stage->limits.memory_bytes = std::min(stage->limits.memory_bytes, kRunMemory);
    // Existing front ends show what was printed, not goroutines.
    stage->limits.grace = Nanoseconds(0);
  }
  return policy;
}

Result<runner::Job> make_playground_job(const Services& services, const std::string& caller,
                                        std::string_view body, bool vet) {
  runner::Job job;
  job.id = runner::new_job_id();
  job.policy = TRY(playground_policy(services));
  job.policy_name = services.options.playground_policy;
  job.vet = vet;
  job.cache_scope = cache_scope_of(services, caller);
  job.go.fake_time = services.options.fake_clock;
  job.direct_compile = !job.go.fake_time;
  job.workspace = TRY(runner::workspace_from_source(body, "prog.go", kInputLimits));
  const auto& files = job.workspace.files;
  if (std::any_of(files.begin(), files.end(), is_in_wrong_package)) {
    return Error::caller("package name must be main");
  }
  return job;
}

}  // namespace gobox::api
