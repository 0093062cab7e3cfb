// SPDX-License-Identifier: Apache-2.0

#include "runner/job/proof.h"

#include <unistd.h>

#include <algorithm>
#include <functional>

namespace gobox::runner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMostTimes = 8;  // a limit is raised to at most this many times
constexpr std::uint64_t kStep = std::uint64_t{1} << 20;  // limits are whole MiB
constexpr unsigned kMostHalvings = 5;

struct Remedy {
  std::string change;
  std::string setting;
  std::string kubernetes;
  std::vector<std::string> reasons;  // of the hints it belongs to
  std::function<void(Job&)> apply;
};

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20);
}

void give_time(Job& job, Nanoseconds more) {
  job.policy.total += more;
}

std::uint64_t memory_of_host() {
  const long pages = ::sysconf(_SC_AVPHYS_PAGES);
  const long size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0
             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size)
             : 0;
}

void set_run_memory(Job& job, std::uint64_t bytes) {
  job.policy.run.limits.memory_bytes = bytes;
  job.policy.test.limits.memory_bytes = bytes;
}

Remedy more_memory(std::uint64_t bytes) {
  return {.change = "memory " + mebibytes(bytes) + "M",
          .setting = "--memory " + mebibytes(bytes) + "M",
          .kubernetes = "resources.limits.memory: " + mebibytes(bytes) + "Mi",
          .reasons = {},
          .apply = [bytes](Job& job) { set_run_memory(job, bytes); }};
}

std::vector<Remedy> remedies_for_memory(const Job& job, std::uint64_t limit) {
  std::vector<Remedy> remedies;
  if (job.go.gomemlimit != "auto") {
    remedies.push_back({.change = "GOMEMLIMIT=auto",
                        .setting = "--gomemlimit auto",
                        .kubernetes = "env GOMEMLIMIT: " + mebibytes(limit / 10 * 9) + "MiB",
                        .reasons = {"no_memory_limit", "collector_late", "gc_off"},
                        .apply = [](Job& again) { again.go.gomemlimit = "auto"; }});
  }
  remedies.push_back({.change = "GOGC=50",
                      .setting = "--gogc 50",
                      .kubernetes = "env GOGC: \"50\"",
                      .reasons = {},
                      .apply = [](Job& again) { again.go.gogc = "50"; }});
  for (std::uint64_t times = 2; times <= kMostTimes; times *= 2) {
    if (limit * times > memory_of_host() / 2) break;
    Remedy remedy = more_memory(limit * times);
    remedy.reasons = {"live_heap",       "heap_growth",    "memory",          "big_allocation",
                      "map_growth",      "read_all",       "buffer_growth",   "unbounded_append",
                      "race_memory",     "memory_full",    "list_growth",     "string_concat",
                      "channel_backlog", "defer_in_loop",  "slice_retention", "goroutine_leak",
                      "timer_growth",    "context_growth", "deep_stacks",     "off_heap",
                      "tmpfs",           "deleted_files"};
    remedies.push_back(std::move(remedy));
  }
  return remedies;
}

std::vector<Remedy> remedies_for_time(const Job& job, const StageResult& stage) {
  const Nanoseconds wall = stage.limits.wall;
  const auto seconds = [](Nanoseconds time) {
    return std::to_string(std::max<std::int64_t>(1, time / std::chrono::seconds(1))) + "s";
  };
  std::vector<Remedy> remedies;
  if (job.go.gomemlimit != "auto") {
    remedies.push_back({.change = "GOMEMLIMIT=auto",
                        .setting = "--gomemlimit auto",
                        .kubernetes = "",
                        .reasons = {"memory_limit_below_heap"},
                        .apply = [](Job& again) { again.go.gomemlimit = "auto"; }});
  }
  const Nanoseconds longer = std::min<Nanoseconds>(wall * 3, std::chrono::seconds(10));
  if (longer > wall) {
    remedies.push_back({.change = "time " + seconds(longer),
                        .setting = "--run-timeout " + seconds(longer),
                        .kubernetes = "",
                        .reasons = {"busy", "sleeping"},
                        .apply = [longer](Job& again) {
                          again.policy.run.limits.wall = longer;
                          again.policy.test.limits.wall = longer;
                          again.policy.run.limits.cpu.reset();
                          give_time(again, longer);
                        }});
  }
  const double host = static_cast<double>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  const double cpus = std::min(host, stage.limits.cpus < 1 ? 1.0 : stage.limits.cpus * 2);
  if (cpus > stage.limits.cpus) {
    const std::string number = std::to_string(static_cast<int>(cpus));
    remedies.push_back({.change = "cpus " + number,
                        .setting = "--cpus " + number,
                        .kubernetes = "resources.limits.cpu: \"" + number + "\"",
                        .reasons = {"throttled"},
                        .apply = [cpus](Job& again) {
                          again.policy.run.limits.cpus = cpus;
                          again.policy.test.limits.cpus = cpus;
                        }});
  }
  if (job.kind == JobKind::kExec) return remedies;
  const std::uint64_t twice = stage.limits.memory_bytes * 2;
  if (twice <= memory_of_host() / 2) {
    remedies.push_back(more_memory(twice));
    remedies.back().reasons = {"memory_limit_below_heap", "memory_full"};
  }
  return remedies;
}

std::vector<Remedy> remedies_for_compile(const StageResult& stage) {
  const std::uint64_t twice = stage.limits.memory_bytes * 2;
  const Nanoseconds longer = std::chrono::seconds(10);
  std::vector<Remedy> remedies;
  if (stage.outcome == Outcome::kOom) {
    remedies.push_back({.change = "-p 1",
                        .setting = "-p 1",
                        .kubernetes = "",
                        .reasons = {"compile_cure"},
                        .apply = [](Job& again) { again.go.parallelism = 1; }});
    remedies.push_back(
        {.change = "compile memory " + mebibytes(twice) + "M",
         .setting = "--compile-memory " + mebibytes(twice) + "M",
         .kubernetes = "",
         .reasons = {"compile_literal", "compile_generics", "compile_tool"},
         .apply = [twice](Job& again) { again.policy.compile.limits.memory_bytes = twice; }});
  } else if (stage.outcome == Outcome::kTimeout) {
    remedies.push_back({.change = "compile time 10s",
                        .setting = "--compile-timeout 10s",
                        .kubernetes = "",
                        .reasons = {"compile_literal", "compile_generics", "compile_tool"},
                        .apply = [longer](Job& again) {
                          again.policy.compile.limits.wall = longer;
                          give_time(again, longer);
                        }});
  }
  return remedies;
}

std::vector<Remedy> remedies_for_count(const StageResult& stage) {
  if (stage.outcome == Outcome::kPidsLimit) {
    const std::uint64_t pids = stage.limits.pids * 4;
    return {{.change = "pids " + std::to_string(pids),
             .setting = "--pids " + std::to_string(pids),
             .kubernetes = "",
             .reasons = {"threads", "processes"},
             .apply = [pids](Job& again) {
               again.policy.run.limits.pids = pids;
               again.policy.test.limits.pids = pids;
             }}};
  }
  const std::uint64_t output = stage.limits.output_bytes * kMostTimes;
  return {{.change = "output " + mebibytes(std::max(output, kStep)) + "M",
           .setting = "--output " + mebibytes(std::max(output, kStep)) + "M",
           .kubernetes = "",
           .reasons = {"output"},
           .apply = [output](Job& again) {
             again.policy.run.limits.output_bytes = std::max(output, kStep);
             again.policy.test.limits.output_bytes = std::max(output, kStep);
           }}};
}

std::vector<Remedy> remedies_for(const Job& job, const StageResult& stage) {
  if (stage.kind == StageKind::kCompile) return remedies_for_compile(stage);
  if (stage.outcome == Outcome::kOom) return remedies_for_memory(job, stage.limits.memory_bytes);
  if (stage.outcome == Outcome::kTimeout) return remedies_for_time(job, stage);
  const bool counted =
      stage.outcome == Outcome::kPidsLimit || stage.outcome == Outcome::kOutputLimit;
  return counted ? remedies_for_count(stage) : std::vector<Remedy>();
}

// The job without what is for its first run alone.
Job plain_copy(const Job& job) {
  Job again = job;
  again.id = new_job_id();
  again.observer = {};
  again.keep_directory.clear();
  again.artifacts.clear();
  again.artifacts_directory.clear();
  again.prove = false;
  again.diagnose = false;
  again.explain = false;
  again.goroutines = false;
  again.gctrace = false;
  again.timeline = false;
  return again;
}

bool is_within(const policies::Limits& limits, const policies::Limits& most) {
  return limits.wall <= most.wall && limits.memory_bytes <= most.memory_bytes &&
         limits.cpus <= most.cpus && limits.pids <= most.pids &&
         limits.output_bytes <= most.output_bytes;
}

class Prover {
 public:
  Prover(JobRunner& runner, const Job& job, const ProofBounds& bounds)
      : runner_(runner), job_(job), bounds_(bounds) {}

  // Whether such a run may be made at all.
  bool may_try(const Remedy& remedy) const {
    Job again = plain_copy(job_);
    remedy.apply(again);
    const policies::JobPolicy& policy = again.policy;
    for (const policies::StagePolicy* stage : {&policy.compile, &policy.run, &policy.test}) {
      if (stage->limits.memory_bytes > bounds_.memory_bytes) return false;
      if (bounds_.within_most && !is_within(stage->limits, stage->most)) return false;
    }
    return true;
  }

  // How often of `repeats` the changed job ended well; stops at the first time it did not.
  Trial attempt(const Remedy& remedy, unsigned repeats) {
    Trial trial{.change = remedy.change};
    while (trial.runs < repeats && trial.ok == trial.runs && has_time()) {
      Job again = plain_copy(job_);
      remedy.apply(again);
      ++runs_;
      const auto began = Clock::now();
      const auto result = runner_.run(std::move(again));
      longest_ = std::max(longest_, Clock::now() - began);
      if (!result || result->outcome == Outcome::kSandboxError ||
          result->outcome == Outcome::kCanceled) {
        stopped_ = true;
        break;
      }
      ++trial.runs;
      if (result->outcome == Outcome::kOk) ++trial.ok;
    }
    return trial;
  }

  // Halves the span between a limit that is too small and one that is enough.
  void narrow(std::uint64_t too_little, std::uint64_t enough, Proof& proof) {
    proof.least_memory = enough;
    proof.too_little_memory = too_little;
    for (unsigned i = 0; i < kMostHalvings && has_time(); ++i) {
      const std::uint64_t middle = (too_little + enough) / 2 / kStep * kStep;
      if (middle <= too_little || middle >= enough) return;
      const Trial trial = attempt(more_memory(middle), kProofRepeats);
      if (trial.runs == kProofRepeats && trial.ok == trial.runs) {
        proof.least_memory = enough = middle;
      } else if (trial.runs > trial.ok) {
        proof.too_little_memory = too_little = middle;
      }
    }
  }

 private:
  // A run that would not end in time is not begun.
  bool has_time() const {
    return !stopped_ && runs_ < bounds_.runs && Clock::now() + longest_ < start_ + bounds_.time;
  }

  JobRunner& runner_;
  const Job& job_;
  const ProofBounds bounds_;
  unsigned runs_ = 0;
  const Clock::time_point start_ = Clock::now();
  Clock::duration longest_{0};
  bool stopped_ = false;
};

bool worked(const Trial& trial) {
  return trial.runs > 0 && trial.ok == trial.runs;
}

// Both forms of the hints tell what was tried: the objects and the sentences.
void tell(const Remedy& remedy, const Trial& trial, JobResult& result) {
  for (StageResult& stage : result.stages) {
    if (&stage != result.explained() || !stage.diagnosis) continue;
    for (Hint& hint : stage.diagnosis->hints) {
      const bool its = std::find(remedy.reasons.begin(), remedy.reasons.end(), hint.reason) !=
                       remedy.reasons.end();
      if (!its || (hint.proved && worked(*hint.proved))) continue;
      const std::string before = hint.text;
      if (!hint.proved) hint.text += " (" + describe(trial) + ")";
      if (hint.proved) {
        const std::size_t old = hint.text.rfind(" (tried ");
        hint.text = hint.text.substr(0, old) + " (" + describe(trial) + ")";
      }
      hint.proved = trial;
      std::replace(result.hints.begin(), result.hints.end(), before, hint.text);
    }
  }
}

}  // namespace

const Proof::Tried* Proof::remedy() const {
  const auto found = std::find_if(tried.begin(), tried.end(),
                                  [](const Tried& each) { return worked(each.trial); });
  return found == tried.end() ? nullptr : &*found;
}

std::string describe(const Trial& trial) {
  if (trial.ok == 0) return "tried " + trial.change + ": did not help";
  return "tried " + trial.change + ": ok " + std::to_string(trial.ok) + " of " +
         std::to_string(trial.runs);
}

std::uint64_t most_memory_to_prove(const Job& job) {
  std::uint64_t most = 0;
  for (const policies::StagePolicy* stage :
       {&job.policy.compile, job.kind == JobKind::kTest ? &job.policy.test : &job.policy.run}) {
    const std::uint64_t limit = stage->limits.memory_bytes;
    most = std::max({most, limit, std::min(limit * kMostTimes, stage->most.memory_bytes)});
  }
  return most;
}

Proof prove(JobRunner& runner, const Job& job, JobResult& result, const ProofBounds& bounds) {
  Proof proof;
  const StageResult* const failed = result.explained();
  if (failed == nullptr || result.outcome == Outcome::kOk) return proof;
  if (job.standard_input_stream >= 0) return proof;
  const std::uint64_t limit = failed->limits.memory_bytes;
  const bool of_memory = failed->outcome == Outcome::kOom && failed->kind != StageKind::kCompile;
  Prover prover(runner, job, bounds);
  std::uint64_t too_little = limit;
  for (const Remedy& remedy : remedies_for(job, *failed)) {
    if (!prover.may_try(remedy)) continue;
    Job probe = plain_copy(job);
    remedy.apply(probe);
    const std::uint64_t memory = probe.policy.run.limits.memory_bytes;
    const Trial trial = prover.attempt(remedy, kProofRepeats);
    if (trial.runs == 0) break;
    proof.tried.push_back({trial, remedy.setting, remedy.kubernetes});
    tell(remedy, trial, result);
    if (!of_memory || memory <= limit) continue;
    if (worked(trial)) {
      prover.narrow(too_little, memory, proof);
      break;
    }
    too_little = memory;
  }
  return proof;
}

}  // namespace gobox::runner
