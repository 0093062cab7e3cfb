// SPDX-License-Identifier: Apache-2.0

// parts-bench: what the single parts of a run cost, one by one, without load beside them (Google
// Benchmark). The whole path is sandbox-bench's, compile-bench's and api-bench's.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "base/file.h"
#include "policies/directory.h"
#include "policies/loader.h"
#include "runner/diagnosis/goroutine_dump.h"
#include "runner/result/result_json.h"
#include "runner/source/workspace.h"
#include "sandbox/launcher.h"
#include "sandbox/seccomp/seccomp_filter.h"

namespace {

using namespace gobox;

template <typename T>
T need(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "parts-bench: %s\n", result.error().message.c_str());
    std::exit(1);
  }
  return std::move(result).value();
}

const policies::PolicySet& policy_set() {
  static const auto kSet = need(policies::PolicySet::load(need(policies::find_policy_dir())));
  return kSet;
}

void load_policies(benchmark::State& state) {
  const auto directory = need(policies::find_policy_dir());
  for (auto _ : state) benchmark::DoNotOptimize(need(policies::PolicySet::load(directory)));
}

BENCHMARK(load_policies)->Unit(benchmark::kMicrosecond);

void compile_seccomp_filter(benchmark::State& state) {
  const policies::StagePolicy policy = need(policy_set().stage("run"));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        need(sandbox::SeccompFilter::compile(policy.seccomp, sandbox::Watch::kPolicy)));
  }
}

BENCHMARK(compile_seccomp_filter)->Unit(benchmark::kMicrosecond);

void make_and_remove_groups(benchmark::State& state) {
  const auto tree = need(sandbox::CgroupTree::open(sandbox::CgroupTree::Degraded::kRefuse));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        need(tree->create({.memory_bytes = 64 << 20, .pids = 16, .cpus = 1.0, .memory_high = {}})));
  }
}

BENCHMARK(make_and_remove_groups)->Unit(benchmark::kMicrosecond)->UseRealTime();

void prepare_and_drop_a_sandbox(benchmark::State& state) {
  const auto launcher = need(sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse));
  const policies::StagePolicy policy = need(policy_set().stage("run"));
  const auto filter =
      need(sandbox::SeccompFilter::compile(policy.seccomp, sandbox::Watch::kPolicy));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        need(launcher->prepare({.policy = policy, .filter = filter, .more_binds = {}})));
  }
}

BENCHMARK(prepare_and_drop_a_sandbox)->Unit(benchmark::kMicrosecond)->UseRealTime();

void read_a_txtar_of_100_files(benchmark::State& state) {
  std::string archive;
  for (int i = 0; i < 100; ++i) {
    archive += "-- p" + std::to_string(i) + "/a.go --\n" + std::string(2000, 'x') + "\n";
  }
  for (auto _ : state) benchmark::DoNotOptimize(need(runner::workspace_from_txtar(archive)));
  state.SetBytesProcessed(static_cast<std::int64_t>(archive.size()) * state.iterations());
}

BENCHMARK(read_a_txtar_of_100_files)->Unit(benchmark::kMicrosecond);

void parse_a_dump_of_10000_goroutines(benchmark::State& state) {
  std::string dump = "SIGQUIT: quit\nPC=0x0 m=0 sigcode=0\n\n";
  for (int i = 1; i <= 10000; ++i) {
    dump += "goroutine " + std::to_string(i) +
            " [chan send, 3 minutes]:\nmain.work(0x1)\n\t/work/main.go:17 +0x1d\ncreated by "
            "main.main in goroutine 1\n\t/work/main.go:14 +0x2a\n\n";
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(runner::parse_goroutine_dump(dump, {}));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(dump.size()) * state.iterations());
}

BENCHMARK(parse_a_dump_of_10000_goroutines)->Unit(benchmark::kMillisecond);

void render_a_result(benchmark::State& state) {
  runner::JobResult result;
  result.stages.resize(3);
  for (auto _ : state) benchmark::DoNotOptimize(runner::to_json(result));
}

BENCHMARK(render_a_result)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
