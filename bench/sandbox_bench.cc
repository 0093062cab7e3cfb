// SPDX-License-Identifier: Apache-2.0

// sandbox-bench: sandboxes against plain processes and against other sandboxes, side by side in one
// run. Everything is interleaved round by round, so that drift hits all alike.
//
//   sandbox-bench STATIC_TRUE STATIC_BUSY RESULTS_DIR [--rounds N] [--seconds N] [--growth N]
//   [--bundle DIR]

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

#include "base/file.h"
#include "bench/bare.h"
#include "bench/report.h"
#include "bench/samples.h"
#include "policies/directory.h"
#include "policies/loader.h"
#include "sandbox/pool.h"

namespace {

using namespace gobox;
using bench::BenchReport;
using bench::BenchRow;
using bench::Samples;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::string true_path;
  std::string busy_path;
  std::string results;
  std::string bundle;  // of runc and crun; "" leaves them out
  int rounds = 300;
  int growth = 3000;  // runs over which nothing may grow
  int seconds = 5;
};

struct Bench {
  sandbox::Launcher& launcher;
  sandbox::PoolSpec spec;
  UniqueFd true_file;
  UniqueFd busy_file;
  Settings settings;
  BenchReport report;
};

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "sandbox-bench: %s\n", what.c_str());
  std::exit(1);
}

template <typename T>
T need(Result<T> result) {
  if (!result) die(result.error().message);
  return std::move(result).value();
}

void spawn_and_wait(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[] = {path, nullptr};
  pid_t pid = 0;
  if (::posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environment) != 0) {
    die("cannot start " + words[0]);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) die(words[0] + " failed");
}

sandbox::Ending run_in(sandbox::Sandbox& sandbox, const Bench& bench, int executable,
                       const policies::Limits& limits) {
  sandbox::ProgramStart program;
  program.arguments = {"program"};
  program.executable = executable;
  sandbox::Execution execution;
  execution.programs = {program};
  execution.limits = limits;
  static_cast<void>(bench);
  return need(sandbox.run(execution));
}

sandbox::Ending run_true(sandbox::Sandbox& sandbox, const Bench& bench) {
  auto ending = run_in(sandbox, bench, bench.true_file.get(), bench.spec.policy.limits);
  if (ending.exit_code != 0) die("true did not end well in the sandbox");
  return ending;
}

void await_idle(const sandbox::SandboxPool& pool, std::size_t parked) {
  for (;;) {
    const sandbox::PoolState state = pool.state();
    if (state.parked >= parked && state.retiring == 0) return;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

struct Contender {
  std::string name;
  std::function<Clock::duration()> once;
  Samples samples;
  std::string goal;
  double bound = 0;
  std::string against;
};

Clock::duration timed(const std::function<void()>& act) {
  const auto begin = Clock::now();
  act();
  return Clock::now() - begin;
}

double median_of(std::vector<Contender>& contenders, const std::string& name) {
  for (Contender& each : contenders) {
    if (each.name == name) return each.samples.median();
  }
  return 0;
}

// Rows 1: one static `true`, every way there is.
void compare_single_runs(Bench& bench) {
  sandbox::SandboxPool pool(bench.launcher, {.most_parked = 2});
  const std::string path = bench.settings.true_path;
  std::vector<Contender> contenders;
  contenders.push_back(
      {"posix_spawn", [&] { return timed([&] { spawn_and_wait({path}); }); }, {}, "", 0, ""});
  contenders.push_back({"ours, prepared",
                        [&] {
                          std::unique_ptr<sandbox::Sandbox> used;
                          const auto time = timed([&] {
                            used = need(pool.take(bench.spec));
                            run_true(*used, bench);
                          });
                          pool.retire(std::move(used));
                          await_idle(pool, 1);
                          return time;
                        },
                        {},
                        "<= 1.3 x posix_spawn",
                        1.3,
                        "posix_spawn"});
  contenders.push_back({"ours, fresh",
                        [&] {
                          // As in service: the result is out before the used sandbox is taken away.
                          std::unique_ptr<sandbox::Sandbox> used;
                          return timed([&] {
                            used = need(bench.launcher.prepare(bench.spec.view()));
                            run_true(*used, bench);
                          });
                        },
                        {},
                        "<= 0.4 x bubblewrap",
                        0.4,
                        "bubblewrap"});
  bench::Bare bare = need(bench::Bare::start(path));
  contenders.push_back(
      {"the least", [&] { return timed([&] { need(bare.run()); }); }, {}, "", 0, ""});
  if (::access("/usr/bin/bwrap", X_OK) == 0) {
    contenders.push_back({"bubblewrap",
                          [&] {
                            return timed([&] {
                              spawn_and_wait({"bwrap", "--unshare-all", "--ro-bind", path, "/true",
                                              "--proc", "/proc", "/true"});
                            });
                          },
                          {},
                          "",
                          0,
                          ""});
    // What a program sees here, as far as bubblewrap has it: no limits, no filter.
    contenders.push_back({"bubblewrap, same view",
                          [&] {
                            return timed([&] {
                              spawn_and_wait({"bwrap",         "--unshare-all",
                                              "--new-session", "--die-with-parent",
                                              "--ro-bind",     "/usr",
                                              "/usr",          "--symlink",
                                              "usr/bin",       "/bin",
                                              "--symlink",     "usr/lib",
                                              "/lib",          "--symlink",
                                              "usr/lib64",     "/lib64",
                                              "--dev",         "/dev",
                                              "--proc",        "/proc",
                                              "--tmpfs",       "/work",
                                              "--tmpfs",       "/tmp",
                                              "--ro-bind",     path,
                                              "/true",         "/true"});
                            });
                          },
                          {},
                          "",
                          0,
                          ""});
  }
  for (const char* runtime : {"runc", "crun"}) {
    const std::string binary = std::string("/usr/bin/") + runtime;
    const std::string probe = bench.settings.bundle + "/" + runtime + ".works";
    if (bench.settings.bundle.empty() || ::access(probe.c_str(), F_OK) != 0) continue;
    contenders.push_back(
        {runtime,
         [&bench, runtime] {
           return timed([&] {
             spawn_and_wait({runtime, "run", "--bundle", bench.settings.bundle, "gobox-bench"});
           });
         },
         {},
         "",
         0,
         ""});
  }
  await_idle(pool, 0);
  need(pool.take(bench.spec)).reset();
  await_idle(pool, 1);
  for (int round = 0; round < bench.settings.rounds; ++round) {
    for (Contender& each : contenders) {
      const bool slow = each.name != "posix_spawn" && each.name.rfind("ours", 0) != 0;
      if (slow && round % 4 != 0) continue;
      each.samples.add(each.once());
    }
  }
  const double baseline = median_of(contenders, "posix_spawn");
  for (Contender& each : contenders) {
    BenchRow row{.group = "one static true", .name = each.name, .unit = "us"};
    row.median = each.samples.median();
    row.low = each.samples.quantile(0.1);
    row.high = each.samples.quantile(0.9);
    row.samples = each.samples.count();
    row.ratio = row.median / baseline;
    const double against = each.against.empty() ? 0 : median_of(contenders, each.against);
    if (against > 0) {
      row.goal = each.goal;
      row.reached = row.median <= each.bound * against;
    }
    bench.report.add(row);
  }
}

// How often a second all `callers` together do what `make_caller` gives each of them.
double rate_of(const Bench& bench, int callers,
               const std::function<std::function<void()>()>& make_caller) {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> done{0};
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      for (const auto once = make_caller(); !stop; ++done) once();
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(bench.settings.seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const auto seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return static_cast<double>(done) / seconds;
}

double sandboxes_per_second(Bench& bench, int callers) {
  sandbox::SandboxPool pool(bench.launcher, {.most_parked = 8});
  return rate_of(bench, callers, [&]() -> std::function<void()> {
    return [&] {
      auto sandbox = need(pool.take(bench.spec));
      run_true(*sandbox, bench);
      pool.retire(std::move(sandbox));
    };
  });
}

double bare_per_second(const Bench& bench, int callers) {
  return rate_of(bench, callers, [&bench]() -> std::function<void()> {
    const auto bare =
        std::make_shared<bench::Bare>(need(bench::Bare::start(bench.settings.true_path)));
    return [bare] { need(bare->run()); };
  });
}

void add_rate(Bench& bench, const std::string& name, double rate, double goal) {
  BenchRow row{.group = "sandboxes per second", .name = name, .unit = "1/s"};
  row.median = row.low = row.high = rate;
  row.samples = 1;
  if (goal > 0) {
    row.goal = ">= 700";
    row.reached = rate >= goal;
  }
  bench.report.add(row);
}

// Rows 2: sustained rate. Set-up and teardown of every sandbox are inside the measured time.
void measure_rates(Bench& bench) {
  for (const int callers : {1, 2, 4, 8, 16, 64}) {
    add_rate(bench, std::to_string(callers) + " callers", sandboxes_per_second(bench, callers),
             callers == 4 ? 700 : 0);
    if (callers == 4) add_rate(bench, "4 callers, the least", bare_per_second(bench, 4), 0);
  }
}

// Rows 3: how late a run past its limit ends.
void measure_lateness(Bench& bench) {
  constexpr auto kLimit = std::chrono::milliseconds(100);
  for (const bool cpu : {false, true}) {
    policies::Limits limits = bench.spec.policy.limits;
    if (cpu) {
      limits.cpu = kLimit;
    } else {
      limits.wall = kLimit;
    }
    Samples late;
    for (int i = 0; i < std::max(20, bench.settings.rounds / 6); ++i) {
      auto sandbox = need(bench.launcher.prepare(bench.spec.view()));
      const sandbox::Ending ending = run_in(*sandbox, bench, bench.busy_file.get(), limits);
      const Nanoseconds over = cpu ? ending.usage.cpu_total - kLimit : ending.wall - kLimit;
      late.add(std::chrono::duration<double, std::milli>(over).count());
    }
    BenchRow row{
        .group = "late after a limit", .name = cpu ? "CPU limit" : "wall limit", .unit = "ms"};
    row.median = late.median();
    row.low = late.quantile(0.1);
    row.high = late.quantile(0.99);
    row.samples = late.count();
    row.goal = "p99 <= 20 ms";
    row.reached = row.high <= 20;
    bench.report.add(row);
  }
}

double resident_kib(pid_t pid) {
  const auto status = read_file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  if (!status) return 0;
  const std::size_t at = status->find("Rss:");
  return at == std::string::npos ? 0 : std::strtod(status->c_str() + at + 4, nullptr);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (int fd = 0; fd < 4096; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1U : 0U;
  return count;
}

// Rows 4: what a parked sandbox costs, and whether anything grows.
void measure_memory(Bench& bench) {
  constexpr std::size_t kParked = 8;
  std::vector<std::unique_ptr<sandbox::Sandbox>> parked;
  for (std::size_t i = 0; i < kParked; ++i) {
    parked.push_back(need(bench.launcher.prepare(bench.spec.view())));
  }
  double kib = 0;
  for (const auto& sandbox : parked) {
    for (const pid_t pid : need(sandbox->group().processes())) kib += resident_kib(pid);
  }
  parked.clear();
  BenchRow row{.group = "memory", .name = "per parked sandbox", .unit = "KiB"};
  row.median = row.low = row.high = kib / kParked;
  row.samples = kParked;
  bench.report.add(row);
  const double before = resident_kib(::getpid()) + resident_kib(bench.launcher.pid());
  const std::size_t descriptors = open_descriptors();
  const int runs = bench.settings.growth;
  {
    sandbox::SandboxPool pool(bench.launcher, {.most_parked = 4});
    for (int i = 0; i < runs; ++i) {
      auto sandbox = need(pool.take(bench.spec));
      run_true(*sandbox, bench);
      pool.retire(std::move(sandbox));
    }
  }
  BenchRow growth{
      .group = "memory", .name = "growth over " + std::to_string(runs) + " runs", .unit = "KiB"};
  growth.median = growth.low = growth.high =
      resident_kib(::getpid()) + resident_kib(bench.launcher.pid()) - before;
  growth.samples = 1;
  bench.report.add(growth);
  if (open_descriptors() != descriptors) die("descriptors grew");
}

Settings parse(int argc, char** argv) {
  if (argc < 4)
    die("usage: sandbox-bench STATIC_TRUE STATIC_BUSY RESULTS_DIR [--rounds N] [--seconds N] "
        "[--growth N] [--bundle DIR]");
  Settings settings{.true_path = argv[1], .busy_path = argv[2], .results = argv[3], .bundle = ""};
  for (int i = 4; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--rounds") settings.rounds = std::max(10, std::atoi(argv[i + 1]));
    if (flag == "--seconds") settings.seconds = std::max(1, std::atoi(argv[i + 1]));
    if (flag == "--growth") settings.growth = std::max(100, std::atoi(argv[i + 1]));
    if (flag == "--bundle") settings.bundle = argv[i + 1];
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = parse(argc, argv);
  auto launcher = need(sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse));
  const auto policies = need(policies::PolicySet::load(need(policies::find_policy_dir())));
  sandbox::PoolSpec spec;
  spec.policy = need(policies.stage("run"));
  spec.filter = std::make_shared<const sandbox::SeccompFilter>(
      need(sandbox::SeccompFilter::compile(spec.policy.seccomp, sandbox::Watch::kPolicy)));
  spec.policy.seccomp.rules.clear();
  Bench bench{.launcher = *launcher,
              .spec = std::move(spec),
              .true_file = need(open_at(AT_FDCWD, settings.true_path, O_RDONLY)),
              .busy_file = need(open_at(AT_FDCWD, settings.busy_path, O_RDONLY)),
              .settings = settings,
              .report = {}};
  compare_single_runs(bench);
  measure_rates(bench);
  measure_lateness(bench);
  measure_memory(bench);
  bench.report.print(settings.results + "/before/sandbox.json");
  if (!bench.report.save(settings.results, "sandbox")) die("cannot write to " + settings.results);
}
