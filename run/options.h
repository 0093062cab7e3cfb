// SPDX-License-Identifier: Apache-2.0

#pragma once

// Options: the command line of sandbox-run, read and checked. Turns flags into a Job; does nothing
// else. A refusal is a caller's Error whose sentence names the flag (exit status 2).

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "policies/loader.h"
#include "run/caller_modules.h"
#include "runner/job/job.h"

namespace gobox::run {

struct Options {
  enum class Output { kPlain, kJson, kEvents };

  std::vector<std::string> inputs;     // files, a directory, an archive or "-"
  std::vector<std::string> arguments;  // behind "--"
  std::string root;                    // of the tree to send; "" finds it
  std::vector<std::string> exclude;    // shell patterns of what stays behind
  Output output = Output::kPlain;
  bool allow_degraded = false;
  bool explain = false;
  bool help = false;
  std::string help_text;
  std::string keep_directory;
  std::vector<std::string> artifacts;  // patterns
  std::string out_directory;
  std::string stdin_file;
  std::string policy;
  std::string toolchain;
  std::vector<std::string> environment;
  runner::GoSettings go;
  ModuleChoice modules = ModuleChoice::kAuto;
  std::string module_proxy;  // "" is the caller's own GOPROXY
  bool vet = false;
  bool go_in_path = false;
  bool no_diagnosis = false;
  bool goroutines = false;
  bool gctrace = false;
  bool prove = false;
  bool raw = false;  // goroutine dumps as they came
  std::string pprof_directory;
  std::string core_file;
  std::string timeline_file;  // ends in .csv or .svg
  bool no_direct_compile = false;
  // exec: what its command finds inside (run/command_place.h)
  bool here = false;
  bool copy = false;
  std::vector<std::string> binds;  // SRC or SRC:DST
  std::string workdir;
  std::string cache;  // test: "" is the tree's own, "off" none
  bool cache_read_only = false;
  std::string cover_html_file;
  std::string junit_file;  // test: where the results go as JUnit XML

  // Set only where the flag was given: the policy's value stands otherwise.
  std::optional<std::uint64_t> memory, memory_high, compile_memory, pids, disk, output_bytes;
  std::optional<Nanoseconds> run_timeout, compile_timeout, total_timeout, cpu_time,
      compile_cpu_time, grace;
  std::optional<double> cpus;
  std::optional<policies::Network> network;
  std::optional<policies::OutputLimit> output_limit;
  std::optional<policies::Scratch> scratch;
};

// `words`: without the program's and the subcommand's name. `form`: "run", "exec" or "test".
Result<Options> parse_options(const std::string& form, std::vector<std::string> words);

// The job policy with the flags' values in place.
Result<policies::JobPolicy> apply_to_policy(const Options& options, policies::PolicySet& policies,
                                            std::string& policy_name);

}  // namespace gobox::run
