// SPDX-License-Identifier: Apache-2.0

#include "run/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "policies/least_limits.h"
#include "run/production.h"
#include "runner/golang/build_flags.h"

namespace gobox::run {
namespace {

constexpr std::uint64_t kLeastMemory = std::uint64_t{4} << 20;  // PID 1 and the set-up need some
constexpr std::uint64_t kMaxMemory = std::uint64_t{16} << 40;

// Flags as text, before our own parsers look at them.
struct RawFlags {
  std::string memory, compile_memory, pids, disk, output_bytes, run_timeout, compile_timeout,
      total_timeout, cpu_time, compile_cpu_time, grace, cpus, network, gogc, gomemlimit, experiment,
      amd64, modules, output_limit, memory_high, like, scratch;
  bool json = false;
  bool events = false;
};

void declare(CLI::App& app, Options& options, RawFlags& raw) {
  // Of a flag given twice the last counts: a script may add to a user's own flags.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("inputs", options.inputs, "FILE.go..., DIR [PACKAGE], FILE.txtar, or - for stdin")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--memory", raw.memory, "memory and swap of the run, tmpfs included (256M)");
  app.add_option("--memory-high", raw.memory_high,
                 "above it the run is slowed down instead of killed; needs cgroup v2 (off)");
  app.add_option("--like", raw.like,
                 "kubernetes[:memory=512Mi,cpu=500m], docker or systemd: limits and environment as "
                 "there, without our GOMAXPROCS, GOMEMLIMIT and stack limit");
  app.add_option("--compile-memory", raw.compile_memory, "the same for compiling (1G)");
  app.add_option("--run-timeout", raw.run_timeout, "wall clock of the run (8s)");
  app.add_option("--compile-timeout", raw.compile_timeout, "wall clock of compiling (3s)");
  app.add_option("--total-timeout", raw.total_timeout, "wall clock over all stages (12s)");
  app.add_option("--cpu-time", raw.cpu_time, "CPU time of the run's whole tree (off)");
  app.add_option("--compile-cpu-time", raw.compile_cpu_time, "the same for compiling (off)");
  app.add_option("--grace", raw.grace, "between SIGQUIT and SIGKILL; 0 kills at once (250ms)");
  app.add_option("--cpus", raw.cpus, "CPU bandwidth, fractions allowed; sets GOMAXPROCS (1)");
  app.add_option("--pids", raw.pids, "processes and threads (128)");
  app.add_option("--disk", raw.disk, "bytes writable in /work and /tmp together (64M)");
  app.add_option("--scratch", raw.scratch,
                 "where these lie: memory, which is charged to --memory, or disk (memory)");
  app.add_option("--output", raw.output_bytes, "bytes kept of stdout and of stderr (1M)");
  app.add_option("--output-limit", raw.output_limit,
                 "at that bound: kill, or truncate and go on (kill)");
  app.add_option("--network", raw.network, "none or loopback (loopback)");
  app.add_option("--root", options.root,
                 "directory to send; else the module's root, or its go.work's, found upward");
  app.add_option("--exclude", options.exclude,
                 "GLOB of files and directories to leave out; repeatable")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--stdin", options.stdin_file,
                 "the program's standard input; else ours, of a terminal line by line");
  app.add_option("--env", options.environment, "NAME=VALUE for the program; repeatable")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--policy", options.policy, "a policy's name, or a file");
  app.add_option("--toolchain", options.toolchain, "go1.26.8, 1.19, or a GOROOT");
  app.add_option(
      "--modules", raw.modules,
      "dependencies: auto (vendor, your module cache, the proxy), vendor, cache, proxy, off");
  app.add_option("--module-proxy", options.module_proxy, "URL[,URL] instead of go env GOPROXY");
  app.add_flag("--cgo", options.go.cgo, "build C in packages too, with this host's compiler");
  app.add_flag("--go-in-path", options.go_in_path,
               "let the program find the go command: offline, what is built is not kept");
  app.add_flag("--vet", options.vet, "run go vet too; it advises");
  app.add_flag("--no-direct-compile", options.no_direct_compile,
               "always build with the go command, also where that changes nothing");
  app.add_option("--gogc", raw.gogc, "GOGC (Go's default)");
  app.add_option("--gomemlimit", raw.gomemlimit, "auto (90 % of the memory limit), off, or a size");
  app.add_option("--goexperiment", raw.experiment, "GOEXPERIMENT of the build");
  app.add_option("--goamd64", raw.amd64, "GOAMD64 of the build: v1 to v4");
  app.footer(
      "Besides, in go's spelling: -race -tags -ldflags -gcflags -mod -trimpath -cover -covermode "
      "-coverpkg -p.");
  app.add_flag("--json", raw.json, "one JSON result on stdout and nothing else there");
  app.add_flag("--events", raw.events, "JSON lines as things happen, the result last");
  app.add_option("--keep", options.keep_directory, "copy the run's /work into this directory");
  app.add_option("--artifacts", options.artifacts,
                 "GLOB of files to bring out, as out/**/*.png; repeatable, goes with --out")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--out", options.out_directory, "the directory that --artifacts go to");
  app.add_option("--timeline", options.timeline_file,
                 "FILE.csv or FILE.svg: memory, CPU and processes over time");
  app.add_option("--pprof", options.pprof_directory,
                 "DIR: heap and goroutine profiles for go tool pprof, with flame graphs");
  app.add_option("--core", options.core_file,
                 "FILE: a core of the program, if it dies, for gdb and dlv core");
  app.add_flag("--no-diagnosis", options.no_diagnosis,
               "neither watch the program nor say why it ended as it did");
  app.add_flag("--goroutines", options.goroutines,
               "report the goroutines still alive when main returns");
  app.add_flag("--gctrace", options.gctrace,
               "trace the program's garbage collector; its stderr stays clean");
  app.add_flag("--prove", options.prove,
               "after a failed run try what is advised, and say what came of it");
  app.add_flag("--raw", options.raw,
               "show long goroutine dumps as they came, instead of put together");
  app.add_flag("--explain", options.explain, "list the system calls the policy refused");
  app.add_flag("--allow-degraded", options.allow_degraded,
               "run even where a limit cannot be enforced; the result says which");
}

void declare_for_commands(CLI::App& app, Options& options) {
  app.add_flag("--here", options.here,
               "show the current directory, read-only, under its own name, and start in it");
  app.add_flag("--copy", options.copy,
               "bring writable copies of the current directory's files, in /work");
  app.add_option("--bind", options.binds,
                 "SRC[:DST]: show a file or directory of the host, read-only; repeatable")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--workdir", options.workdir,
                 "the directory inside to start in (/work, or with --here the current one)");
}

void declare_for_tests(CLI::App& app, Options& options) {
  app.add_option("--junit", options.junit_file, "FILE: the results as JUnit XML");
  app.add_option("--cover-html", options.cover_html_file, "FILE: the coverage as a page");
  app.add_option("--cache", options.cache,
                 "NAME of what is kept compiled between runs, or off (the module's own)");
  app.add_flag("--cache-read-only", options.cache_read_only,
               "use what is kept, keep nothing of this run: for a stranger's changes");
  app.footer(
      "Besides, in go test's spelling: -run -skip -v -json -count -short -timeout -bench "
      "-benchtime -benchmem -cpu -parallel -shuffle -failfast -cover -covermode -coverpkg "
      "-coverprofile -fuzz -fuzztime -list -race -vet and -args.");
}

// How --help shows a flag: what its value is, and beside which others it stands.
struct Shown {
  const char* flag;
  const char* value;
  const char* group;
};

constexpr const char* kLimits = "Limits";
constexpr const char* kBuild = "Build";
constexpr const char* kOutputs = "Results";
constexpr std::array kShownFlags = {
    Shown{"--memory", "SIZE", kLimits},
    Shown{"--memory-high", "SIZE", kLimits},
    Shown{"--like", "PLACE[:NAME=VALUE,...]", kLimits},
    Shown{"--compile-memory", "SIZE", kLimits},
    Shown{"--run-timeout", "DURATION", kLimits},
    Shown{"--compile-timeout", "DURATION", kLimits},
    Shown{"--total-timeout", "DURATION", kLimits},
    Shown{"--cpu-time", "DURATION", kLimits},
    Shown{"--compile-cpu-time", "DURATION", kLimits},
    Shown{"--grace", "DURATION", kLimits},
    Shown{"--cpus", "N", kLimits},
    Shown{"--pids", "N", kLimits},
    Shown{"--disk", "SIZE", kLimits},
    Shown{"--scratch", "memory|disk", kLimits},
    Shown{"--output", "SIZE", kLimits},
    Shown{"--output-limit", "kill|truncate", kLimits},
    Shown{"--network", "none|loopback", kLimits},
    Shown{"--policy", "NAME|FILE", kLimits},
    Shown{"--root", "DIR", kBuild},
    Shown{"--exclude", "GLOB", kBuild},
    Shown{"--toolchain", "VERSION|GOROOT", kBuild},
    Shown{"--modules", "WHERE", kBuild},
    Shown{"--module-proxy", "URL[,URL]", kBuild},
    Shown{"--cgo", "", kBuild},
    Shown{"--vet", "", kBuild},
    Shown{"--no-direct-compile", "", kBuild},
    Shown{"--goexperiment", "LIST", kBuild},
    Shown{"--goamd64", "v1..v4", kBuild},
    Shown{"--stdin", "FILE", "Program"},
    Shown{"--env", "NAME=VALUE", "Program"},
    Shown{"--go-in-path", "", "Program"},
    Shown{"--here", "", "Program"},
    Shown{"--copy", "", "Program"},
    Shown{"--bind", "SRC[:DST]", "Program"},
    Shown{"--workdir", "DIR", "Program"},
    Shown{"--gogc", "N|off", "Program"},
    Shown{"--gomemlimit", "SIZE|auto|off", "Program"},
    Shown{"--json", "", kOutputs},
    Shown{"--events", "", kOutputs},
    Shown{"--keep", "DIR", kOutputs},
    Shown{"--artifacts", "GLOB", kOutputs},
    Shown{"--out", "DIR", kOutputs},
    Shown{"--timeline", "FILE", kOutputs},
    Shown{"--pprof", "DIR", kOutputs},
    Shown{"--core", "FILE", kOutputs},
    Shown{"--raw", "", kOutputs},
};

void arrange_help(CLI::App& app) {
  for (const Shown& each : kShownFlags) {
    CLI::Option* const option = app.get_option_no_throw(each.flag);
    if (option == nullptr) continue;
    option->group(each.group);
    if (*each.value != '\0') option->type_name(each.value);
  }
}

template <typename T, typename Parse>
Result<void> read_flag(const char* name, const std::string& text, std::optional<T>& value,
                       Parse parse) {
  if (text.empty()) return {};
  value = TRY(parse(name, text));
  return {};
}

Result<std::uint64_t> parse_memory(std::string_view name, std::string_view text) {
  const std::uint64_t bytes = TRY(parse_size(name, text));
  if (bytes < kLeastMemory) {
    return Error::caller(std::string(name) + ": " + format_size(bytes) +
                         " is too little; at least " + format_size(kLeastMemory) +
                         " is needed to start anything");
  }
  if (bytes > kMaxMemory) {
    return Error::caller(std::string(name) + ": " + format_size(bytes) + " is too much; at most " +
                         format_size(kMaxMemory) + " can be a limit");
  }
  return bytes;
}

// The one duration that may be nothing.
Result<Nanoseconds> parse_grace(std::string_view name, std::string_view text) {
  if (text == "0" || text == "0s" || text == "0ms") return Nanoseconds(0);
  return parse_duration(name, text);
}

Result<policies::OutputLimit> parse_output_limit(std::string_view name, std::string_view text) {
  if (text == "kill") return policies::OutputLimit::kKill;
  if (text == "truncate") return policies::OutputLimit::kTruncate;
  return Error::caller(std::string(name) + ": must be kill or truncate, not " + std::string(text));
}

Result<policies::Scratch> parse_scratch(std::string_view name, std::string_view text) {
  if (text == "memory") return policies::Scratch::kMemory;
  if (text == "disk") return policies::Scratch::kDisk;
  return Error::caller(std::string(name) + ": must be memory or disk, not " + std::string(text));
}

Result<policies::Network> parse_network(std::string_view name, std::string_view text) {
  if (text == "none") return policies::Network::kNone;
  if (text == "loopback") return policies::Network::kLoopback;
  return Error::caller(std::string(name) + ": \"" + std::string(text) +
                       "\" is neither none nor loopback; nothing else is offered");
}

Result<std::uint64_t> parse_pids(std::string_view name, std::string_view text) {
  return parse_count(name, text, policies::kLeastPids, 4'000'000);
}

Result<void> read_go_settings(const RawFlags& raw, Options& options) {
  if (!raw.gogc.empty()) {
    if (raw.gogc != "off") TRY(parse_count("--gogc", raw.gogc, 1, 1'000'000));
    options.go.gogc = raw.gogc;
  }
  if (!raw.gomemlimit.empty()) {
    if (raw.gomemlimit != "auto" && raw.gomemlimit != "off") {
      options.go.gomemlimit = std::to_string(TRY(parse_size("--gomemlimit", raw.gomemlimit)));
    } else {
      options.go.gomemlimit = raw.gomemlimit;
    }
  }
  if (!raw.experiment.empty()) {
    TRY(runner::set_go_variable("GOEXPERIMENT", raw.experiment, options.go));
  }
  if (!raw.amd64.empty()) TRY(runner::set_go_variable("GOAMD64", raw.amd64, options.go));
  return {};
}

// What is asked for by a flag of its own stands.
Result<void> read_production(const RawFlags& raw, Options& options) {
  if (raw.like.empty()) return {};
  const Production production = TRY(parse_production("--like", raw.like));
  if (!options.memory && production.memory) {
    options.memory = TRY(parse_memory("--like", std::to_string(*production.memory)));
  }
  if (!options.cpus) options.cpus = production.cpus;
  options.go.as_in_production = true;
  if (raw.gomemlimit.empty()) options.go.gomemlimit = "off";
  return {};
}

Result<void> read_modules(const RawFlags& raw, Options& options) {
  if (!raw.modules.empty()) {
    options.modules = TRY(parse_module_choice("--modules", raw.modules));
  }
  if (options.module_proxy.empty()) return {};
  const auto proxies = runner::parse_proxies(options.module_proxy);
  if (!proxies) return Error(proxies.error()).within("--module-proxy");
  return {};
}

Result<void> read_flags(const RawFlags& raw, Options& options) {
  TRY(read_modules(raw, options));
  TRY(read_flag("--memory", raw.memory, options.memory, parse_memory));
  TRY(read_flag("--memory-high", raw.memory_high, options.memory_high, parse_memory));
  TRY(read_flag("--compile-memory", raw.compile_memory, options.compile_memory, parse_memory));
  TRY(read_flag("--pids", raw.pids, options.pids, parse_pids));
  TRY(read_flag("--disk", raw.disk, options.disk, parse_size));
  TRY(read_flag("--output", raw.output_bytes, options.output_bytes, parse_size));
  TRY(read_flag("--run-timeout", raw.run_timeout, options.run_timeout, parse_duration));
  TRY(read_flag("--compile-timeout", raw.compile_timeout, options.compile_timeout, parse_duration));
  TRY(read_flag("--total-timeout", raw.total_timeout, options.total_timeout, parse_duration));
  TRY(read_flag("--cpu-time", raw.cpu_time, options.cpu_time, parse_duration));
  TRY(read_flag("--compile-cpu-time", raw.compile_cpu_time, options.compile_cpu_time,
                parse_duration));
  TRY(read_flag("--grace", raw.grace, options.grace, parse_grace));
  TRY(read_flag("--cpus", raw.cpus, options.cpus, parse_cpus));
  TRY(read_flag("--network", raw.network, options.network, parse_network));
  TRY(read_flag("--scratch", raw.scratch, options.scratch, parse_scratch));
  TRY(read_flag("--output-limit", raw.output_limit, options.output_limit, parse_output_limit));
  for (const std::string& each : options.environment) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error::caller("--env: \"" + each + "\" is not NAME=VALUE");
    }
  }
  const std::string& timeline = options.timeline_file;
  if (!timeline.empty() && !timeline.ends_with(".csv") && !timeline.ends_with(".svg")) {
    return Error::caller("--timeline: \"" + timeline + "\" ends neither in .csv nor in .svg");
  }
  const bool wants_diagnosis = !timeline.empty() || options.goroutines || options.gctrace ||
                               !options.pprof_directory.empty();
  if (options.no_diagnosis && wants_diagnosis) {
    return Error::caller("--no-diagnosis excludes --timeline, --pprof, --goroutines and --gctrace");
  }
  if (options.artifacts.empty() != options.out_directory.empty()) {
    return Error::caller("--artifacts and --out go together: which files, and where to");
  }
  if (raw.json && raw.events) return Error::caller("--json and --events exclude each other");
  if (raw.json) options.output = Options::Output::kJson;
  if (raw.events) options.output = Options::Output::kEvents;
  TRY(read_go_settings(raw, options));
  return read_production(raw, options);
}

// Go's own spelling, "-ldflags=-s -w" or "-tags x", is not CLI11's: those come out first.
Result<void> take_build_flags(std::vector<std::string>& words, runner::GoSettings& settings) {
  std::vector<std::string> rest;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t taken = TRY(runner::take_build_flag(words, at, settings));
    if (taken == 0) rest.push_back(std::move(words[at]));
    at += std::max<std::size_t>(taken, 1);
  }
  words = std::move(rest);
  return {};
}

// A flag given as "--memory=" is an empty value, not an absent flag.
Result<void> refuse_empty_values(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.size() > 3 && word.rfind("--", 0) == 0 && word.back() == '=') {
      return Error::caller(word.substr(0, word.size() - 1) + ": the value is empty");
    }
    if (word.empty()) return Error::caller("an argument is empty");
  }
  return {};
}

void set_limits(policies::Limits& limits, const Options& options) {
  if (options.memory) limits.memory_bytes = *options.memory;
  if (options.memory_high) limits.memory_high = *options.memory_high;
  if (options.run_timeout) limits.wall = *options.run_timeout;
  if (options.cpu_time) limits.cpu = *options.cpu_time;
  if (options.grace) limits.grace = *options.grace;
  if (options.cpus) limits.cpus = *options.cpus;
  if (options.pids) limits.pids = *options.pids;
  if (options.disk) limits.disk_bytes = *options.disk;
  if (options.output_bytes) limits.output_bytes = *options.output_bytes;
}

void set_compile_limits(policies::Limits& limits, const Options& options) {
  if (options.compile_memory) limits.memory_bytes = *options.compile_memory;
  if (options.compile_timeout) limits.wall = *options.compile_timeout;
  if (options.compile_cpu_time) limits.cpu = *options.compile_cpu_time;
  if (options.cpus) limits.cpus = *options.cpus;
}

Error unknown_flag(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  std::string word = extras.empty() ? "" : extras.front();
  word = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string near = nearest(word, known);
  return Error::caller(
      "there is no flag " + word +
      (near.empty() ? "; sandbox-run --help lists them" : "; did you mean " + near + "?"));
}

}  // namespace

Result<Options> parse_options(const std::string& form, std::vector<std::string> words) {
  Options options;
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    options.arguments.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  TRY(take_build_flags(words, options.go));
  TRY(refuse_empty_values(words));
  RawFlags raw;
  CLI::App app("Compile and run a Go program in a sandbox, and say how it ended.",
               "sandbox-run" + (form == "run" ? std::string() : " " + form));
  declare(app, options, raw);
  if (form == "test") declare_for_tests(app, options);
  if (form == "exec") declare_for_commands(app, options);
  arrange_help(app);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    options.help = true;
    options.help_text = app.help();
    return options;
  } catch (const CLI::ExtrasError& error) {
    return unknown_flag(app);
  } catch (const CLI::ParseError& error) {
    return Error::caller(error.what());
  }
  TRY(read_flags(raw, options));
  return options;
}

Result<policies::JobPolicy> apply_to_policy(const Options& options, policies::PolicySet& policies,
                                            std::string& policy_name) {
  const std::string wanted = !options.policy.empty() ? options.policy
                             : options.go.race       ? "race"
                                                     : "default";
  policy_name = TRY(policies.choose(wanted));
  policies::JobPolicy policy = TRY(policies.job(policy_name));
  set_limits(policy.run.limits, options);
  set_limits(policy.test.limits, options);
  set_compile_limits(policy.compile.limits, options);
  set_compile_limits(policy.vet.limits, options);
  if (options.output_limit) {
    policy.run.limits.output_limit = *options.output_limit;
    policy.test.limits.output_limit = *options.output_limit;
  }
  if (options.scratch) set_scratch(policy, *options.scratch);
  if (options.network) {
    policy.run.network = *options.network;
    policy.test.network = *options.network;
  }
  if (options.total_timeout) {
    policy.total = *options.total_timeout;
  } else if (options.run_timeout || options.compile_timeout) {
    // Who gives a stage more time means it to have it.
    const Nanoseconds stages = policy.compile.limits.wall + policy.run.limits.wall;
    policy.total = std::max(policy.total, stages + Nanoseconds(std::chrono::seconds(1)));
  }
  return policy;
}

}  // namespace gobox::run
