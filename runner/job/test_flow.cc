// SPDX-License-Identifier: Apache-2.0

#include "runner/job/test_flow.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <thread>

#include "runner/job/package_run.h"
#include "runner/job/test_build.h"
#include "runner/testing/cover_profile.h"

namespace gobox::runner {
namespace {

// Kept of all packages' output together; what is told live is not kept.
constexpr std::size_t kMaxKeptOutput = std::size_t{64} << 20;
constexpr unsigned kMaxParallelPackages = 64;

unsigned parallel_packages(const Job& job) {
  const auto cpus = static_cast<unsigned>(std::ceil(job.policy.test.limits.cpus));
  return std::clamp(job.go.parallelism.value_or(cpus), 1U, kMaxParallelPackages);
}

// The packages of one build on their way through their sandboxes. Workers take them in order; the
// observer hears of them in order too: of the first that is not finished live, of those behind it
// when their turn has come.
class PackageQueue {
 public:
  PackageQueue(const JobContext& context, StageExecutor& executor, std::vector<BuiltTest> packages)
      : context_(context),
        executor_(executor),
        packages_(std::move(packages)),
        finished_(packages_.size()),
        waiting_(packages_.size()) {}

  // The error of a sandbox that could not be asked, if any.
  Result<void> run() {
    std::vector<std::thread> workers;
    const auto wanted = std::min<std::size_t>(parallel_packages(context_.job), packages_.size());
    for (std::size_t i = 1; i < wanted; ++i) {
      try {
        workers.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        break;  // fewer do it too
      }
    }
    work();
    for (std::thread& each : workers) each.join();
    return std::move(failure_);
  }

  std::vector<PackageRun> take_results() {
    std::vector<PackageRun> results;
    for (std::optional<PackageRun>& each : finished_) {
      if (each) results.push_back(std::move(*each));
    }
    return results;
  }

 private:
  void work() {
    for (;;) {
      const std::size_t at = next_++;
      if (at >= packages_.size()) return;
      auto done = one(std::move(packages_[at]), at);
      const std::lock_guard lock(mutex_);
      if (!done) {
        if (failure_) failure_ = std::move(done).error();
        stopped_ = true;
        return;
      }
      const Outcome outcome = done->tests.outcome;
      // Neither a caller who is gone nor a spent total time leaves anything for the others.
      const bool spent = done->stage.ending.killed == sandbox::KillReason::kTotalLimit;
      if (outcome == Outcome::kCanceled || spent) stopped_ = true;
      finished_[at] = std::move(*done);
      tell();
    }
  }

  Result<PackageRun> one(BuiltTest package, std::size_t at) {
    const bool runs = package.result.state == PackageTests::State::kRan;
    if (runs && !stopped_) {
      return run_package(context_, executor_, std::move(package),
                         [this, at](std::string_view bytes) { say(at, bytes); });
    }
    PackageRun run;
    run.tests = std::move(package.result);
    if (runs) {
      run.tests.state = PackageTests::State::kNotRun;
      run.tests.outcome = Outcome::kCanceled;
      run.tests.message = "not run: the job had ended before";
    }
    tell_unrun(executor_, run.tests);
    return run;
  }

  void say(std::size_t at, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (at == told_) {
      executor_.tell_output(StageKind::kTest, false, bytes);
    } else {
      waiting_[at] += bytes;  // bounded by the stage's output limit
    }
  }

  void tell() {
    while (told_ < finished_.size() && finished_[told_]) {
      PackageRun& run = *finished_[told_++];
      executor_.tell_package(run.tests);
      std::size_t bytes = 0;
      for (const auto& chunk : run.stage.ending.output) bytes += chunk.bytes.size();
      kept_ += bytes;
      if (kept_ > kMaxKeptOutput) {
        run.stage.ending.output.clear();
        run.stage.ending.stdout_truncated = true;
      }
      if (told_ == waiting_.size()) return;
      const std::string text = std::move(waiting_[told_]);
      waiting_[told_].clear();
      if (!text.empty()) executor_.tell_output(StageKind::kTest, false, text);
    }
  }

  const JobContext& context_;
  StageExecutor& executor_;
  std::vector<BuiltTest> packages_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // of all that follows
  std::vector<std::optional<PackageRun>> finished_;
  std::vector<std::string> waiting_;  // output of those whose turn has not come
  std::size_t told_ = 0;
  std::size_t kept_ = 0;
  Result<void> failure_;
};

}  // namespace

Result<void> run_tests(const JobContext& context, StageExecutor& executor, StageRecord& record) {
  TRY(check_for_version(context.job.test, context.toolchain.minor));
  BinaryStore binaries(context.services.caches().root());
  CoverProfile profile;
  for (const std::string& directory : context.test_modules) {
    TestBuild build = TRY(build_tests(context, executor, binaries, directory));
    profile.add(build.untested);
    const bool interrupted =
        build.stage.outcome != Outcome::kOk && build.stage.outcome != Outcome::kCompileError;
    if (build.cached) record.note_cached_compile();
    record.add(std::move(build.stage));
    PackageQueue queue(context, executor, std::move(build.packages));
    TRY(queue.run());
    for (PackageRun& run : queue.take_results()) {
      if (run.tests.state == PackageTests::State::kRan) record.add(std::move(run.stage));
      record.add_tests(std::move(run.tests));
      profile.add(run.profile);
    }
    if (interrupted) break;
  }
  record.set_cover_profile(profile.text());
  return {};
}

}  // namespace gobox::runner
