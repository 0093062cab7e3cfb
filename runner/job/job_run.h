#pragma once

// JobRun: one job on its way through the stages. Lives for one call of JobRunner::run, in its
// thread. Internal to runner/.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "runner/golang/entry.h"
#include "runner/job/diagnostician.h"
#include "runner/job/job_runner.h"

namespace gobox::runner {

class JobRun {
 public:
  JobRun(JobRunner& runner, Job job);
  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;
  ~JobRun();

  Result<JobResult> run();

 private:
  using Clock = std::chrono::steady_clock;

  // What a stage's sandbox is given.
  struct StagePlan {
    StageKind kind = StageKind::kRun;
    const policies::StagePolicy* policy = nullptr;
    std::vector<policies::Bind> binds;
    sandbox::ProgramStart program;
    const DirectPlan* direct = nullptr;  // its programs instead of that one
    std::string why_not_direct;
    int files = -1;
    int standard_input = -1;
    bool keep_binary = false;  // fetch kOutputBelowSpace afterwards
  };

  enum class Next { kGoOn, kStop };

  Result<void> resolve();
  Result<void> pack_sources();
  BuildTarget build_target() const;
  Result<void> run_program_stages();
  Result<void> run_test_stages();
  Result<Next> compile_program();
  Result<Next> compile(std::vector<std::string> arguments, const std::string& directory);
  DirectDecision decide_direct() const;
  Workspace sources_with_probe_import() const;
  Sha256Digest compile_key(const StagePlan& plan) const;
  Result<Next> replay(const CompileCache::Entry& entry);
  Result<void> keep_compile(const Sha256Digest& key, const StageResult& stage);
  Next finish_stage(StageResult stage);
  Result<void> vet();
  Result<Next> run_binary(StageKind kind, const std::string& directory);
  Result<Next> run_command();
  Result<Next> run_stage(const StagePlan& plan);
  void hand_on(const StageResult& stage) const;
  Result<StageResult> supervise(const StagePlan& plan);
  Result<sandbox::PoolSpec> sandbox_for(const StagePlan& plan);
  Result<void> prefetch(StageKind kind);
  void release_prefetched();
  Result<UniqueFd> input_file() const;
  JobResult verdict();
  void add_hints(JobResult& result) const;

  JobRunner& runner_;
  Job job_;
  const Toolchain* toolchain_ = nullptr;
  Toolchain found_;
  std::filesystem::path cache_;
  EntryPlan entry_;
  Diagnostician diagnostician_;
  Workspace sources_;      // what is compiled: the job's files, and the probe where it fits
  UniqueFd source_files_;  // the same, packed
  UniqueFd files_;         // the job's files alone, packed
  UniqueFd binary_;
  bool compile_cached_ = false;
  Clock::time_point start_{};
  std::vector<StageResult> stages_;
  std::optional<sandbox::PoolSpec> prefetched_;  // ordered for the program, not taken yet
};

}  // namespace gobox::runner
