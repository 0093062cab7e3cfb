// SPDX-License-Identifier: Apache-2.0

// compile-bench: a small program compiled and run, in sandboxes and bare, side by side in one run.
// Every round has a source of its own, so that no build cache has seen it, except where a row says
// so; everything is interleaved round by round, so that drift hits all alike.
//
//   compile-bench RESULTS_DIR [--rounds N]

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "base/file.h"
#include "bench/report.h"
#include "bench/samples.h"
#include "policies/directory.h"
#include "policies/loader.h"
#include "runner/job/job_runner.h"

namespace {

namespace fs = std::filesystem;

using namespace gobox;
using bench::BenchReport;
using bench::BenchRow;
using bench::Samples;
using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

constexpr const char* kBaseline = "go build + exec";

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "compile-bench: %s\n", what.c_str());
  std::exit(1);
}

template <typename T>
T need(Result<T> result) {
  if (!result) die(result.error().message);
  return std::move(result).value();
}

void write_text(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  if (!file.flush()) die("cannot write " + path.string());
}

std::vector<char*> pointers(const Words& words) {
  std::vector<char*> list;
  for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

// Runs it to its end with its output thrown away.
void spawn(const Words& words, const Words& environment) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failure = ::posix_spawn(&pid, words[0].c_str(), &actions, nullptr,
                                    pointers(words).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) die("cannot start " + words[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) die(words[0] + " failed");
}

// A directory of the bench's own, gone at the end.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "compile-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) die("cannot make a temporary directory");
    path_ = name;
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string hello(const std::string& nonce) {
  return "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello " + nonce + "\") }\n";
}

// The go command and its tools, as a user calls them.
class Bare {
 public:
  Bare(const runner::Toolchain& toolchain, const fs::path& cache) : toolchain_(toolchain) {
    environment_ = {"PATH=/usr/bin:/bin", "HOME=" + scratch_.path().string(),
                    "GOROOT=" + toolchain.goroot.string(),
                    "GOCACHE=" + (scratch_.path() / "cache").string(), "CGO_ENABLED=0"};
    std::string packages = need(read_file(cache / runner::kImportConfigFile));
    const std::string inside = std::string("=") + runner::kCacheDirectory + "/";
    for (std::size_t at = 0; (at = packages.find(inside, at)) != std::string::npos;) {
      packages.replace(at, inside.size(), "=" + cache.string() + "/");
    }
    write_text(path("importcfg"), packages);
    build_and_run("warm");  // compiles what hello imports, once
  }

  void build_and_run(const std::string& nonce) {
    write_text(path("main.go"), hello(nonce));
    spawn({toolchain_.go_command(), "build", "-o", path("main"), path("main.go")}, environment_);
    spawn({path("main")}, environment_);
  }

  void compile_link_and_run(const std::string& nonce) {
    write_text(path("main.go"), hello(nonce));
    spawn({toolchain_.tool_directory() / "compile", "-o", path("main.a"), "-importcfg",
           path("importcfg"), "-p", "main", "-complete", "-pack", path("main.go")},
          environment_);
    spawn({toolchain_.tool_directory() / "link", "-o", path("main"), "-importcfg",
           path("importcfg"), "-s", "-w", "-buildmode=exe", path("main.a")},
          environment_);
    spawn({path("main")}, environment_);
  }

 private:
  std::string path(const char* name) const { return (scratch_.path() / name).string(); }

  const runner::Toolchain& toolchain_;
  Scratch scratch_;
  Words environment_;
};

class Ours {
 public:
  explicit Ours(runner::JobRunner& jobs, policies::JobPolicy policy)
      : jobs_(jobs), policy_(std::move(policy)) {}

  Clock::duration run(const std::string& nonce, bool direct, const std::string& scope = "") {
    runner::Job job;
    job.id = runner::new_job_id();
    job.workspace = need(runner::workspace_from_source(hello(nonce)));
    job.policy = policy_;
    job.direct_compile = direct;
    job.cache_scope = scope;
    const auto begin = Clock::now();
    const runner::JobResult result = need(jobs_.run(std::move(job)));
    const auto taken = Clock::now() - begin;
    if (result.outcome != runner::Outcome::kOk) die("the program ended as: " + result.message);
    settle();
    return taken;
  }

 private:
  // A run's teardown is no other run's time.
  void settle() const {
    while (jobs_.pool().state().retiring > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  runner::JobRunner& jobs_;
  policies::JobPolicy policy_;
};

struct Contender {
  std::string name;
  std::function<Clock::duration(const std::string& nonce)> once;
  double bound = 0;  // times the baseline; 0: no goal
  Samples samples{};
};

Clock::duration timed(const std::function<void()>& act) {
  const auto begin = Clock::now();
  act();
  return Clock::now() - begin;
}

std::vector<Contender> contenders(Bare& bare, Ours& ours) {
  std::vector<Contender> all;
  all.push_back(
      {kBaseline, [&](const auto& nonce) { return timed([&] { bare.build_and_run(nonce); }); }});
  all.push_back({"go build + exec, same source again",
                 [&](const auto& nonce) { return timed([&] { bare.build_and_run(nonce); }); }});
  all.push_back({"compile, link + exec, bare", [&](const auto& nonce) {
                   return timed([&] { bare.compile_link_and_run(nonce); });
                 }});
  all.push_back(
      {"ours, by the go command", [&](const auto& nonce) { return ours.run(nonce, false); }});
  all.push_back({"ours, direct", [&](const auto& nonce) { return ours.run(nonce, true); }, 0.45});
  all.push_back({"ours, same source again",
                 [&](const auto&) { return ours.run("again", true, "bench"); }, 0.06});
  return all;
}

BenchReport measure(std::vector<Contender> all, int rounds) {
  const std::string run = std::to_string(::getpid());
  for (int round = -2; round < rounds; ++round) {  // two to warm up
    for (Contender& each : all) {
      const auto taken = each.once(run + "." + std::to_string(round));
      if (round >= 0) each.samples.add(std::chrono::duration<double, std::milli>(taken).count());
    }
  }
  BenchReport report;
  const double baseline = all.front().samples.median();
  for (Contender& each : all) {
    BenchRow row{.group = "hello, compiled and run", .name = each.name, .unit = "ms"};
    row.median = each.samples.median();
    row.low = each.samples.quantile(0.1);
    row.high = each.samples.quantile(0.9);
    row.samples = each.samples.count();
    row.ratio = row.median / baseline;
    if (each.bound > 0) {
      char goal[64];
      std::snprintf(goal, sizeof goal, "<= %.2f x %s", each.bound, kBaseline);
      row.goal = goal;
      row.reached = row.median <= each.bound * baseline;
    }
    report.add(row);
  }
  return report;
}

int rounds_of(int argc, char** argv) {
  int rounds = 40;
  for (int i = 2; i + 1 < argc; i += 2) {
    // A round takes half a second, a thousand times what the other benches' do.
    if (std::string(argv[i]) == "--rounds") rounds = std::clamp(std::atoi(argv[i + 1]), 5, 100);
  }
  return rounds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) die("usage: compile-bench RESULTS_DIR [--rounds N]");
  auto launcher = need(sandbox::Launcher::start(sandbox::CgroupTree::Degraded::kRefuse));
  const auto policies = need(policies::PolicySet::load(need(policies::find_policy_dir())));
  const char* path = std::getenv("PATH");
  runner::DiscoveryOptions discovery;
  discovery.path_env = path == nullptr ? "" : path;
  const auto toolchains = need(runner::discover_toolchains(discovery));
  const runner::Toolchain toolchain = need(runner::find_toolchain(toolchains, ""));
  const auto tell = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  const auto policy = need(policies.job("default"));
  const runner::GoCaches caches(runner::GoCaches::default_root());
  const fs::path cache = need(
      caches.prepare(*launcher, policy.compile, toolchain, runner::CacheVariant::kPlain, tell));
  runner::JobRunner jobs(*launcher, toolchains, caches, tell, {.most_parked = 4});
  jobs.use_compile_cache(std::make_shared<runner::CompileCache>(runner::CompileCacheLimits{}));
  Bare bare(toolchain, cache);
  Ours ours(jobs, policy);
  const BenchReport report = measure(contenders(bare, ours), rounds_of(argc, argv));
  report.print(std::string(argv[1]) + "/before/compile.json");
  if (!report.save(argv[1], "compile")) die(std::string("cannot write to ") + argv[1]);
}
