// SPDX-License-Identifier: Apache-2.0

#pragma once

// Job: one request to run something, complete and checked: what, with which toolchain, under which
// policy. Made by the command line and by the API; run by JobRunner. Plain data.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "policies/policy.h"
#include "runner/golang/go_command.h"
#include "runner/outcome/outcome.h"
#include "runner/result/result.h"
#include "runner/source/workspace.h"
#include "runner/testing/test_event.h"
#include "runner/testing/test_settings.h"
#include "sandbox/cgroup/control_group.h"

namespace gobox::sandbox {
struct CoreOrder;
}

namespace gobox::runner {

enum class JobKind {
  kRun,    // compile and run package main
  kTest,   // compile and run tests
  kBuild,  // compile only
  kExec,   // run `arguments` as they are
};

// Where a job's dependencies come from.
enum class ModuleMode {
  kAuto,    // vendor/ where there is one, else fetched
  kVendor,  // vendor/ alone
  kFetch,   // fetched, whatever lies in vendor/
  kOff,     // from nowhere: the standard library and the job's own packages
};

// What a stage has used so far.
struct StageUsage {
  Nanoseconds wall{0};
  Nanoseconds cpu{0};        // of the whole tree
  Nanoseconds throttled{0};  // kept from running by the CPU limit
  std::uint64_t memory_peak_bytes = 0;

  // At this moment; absent once the stage has ended.
  struct Now {
    sandbox::MemorySample memory;
    std::uint64_t processes = 0;  // and threads
  };

  std::optional<Now> now;
};

// Told what happens, as it happens, from the thread that runs the job.
struct JobObserver {
  std::function<void(StageKind)> on_stage_start;
  std::function<void(const StageResult&)> on_stage_end;
  std::function<void(StageKind, bool is_stderr, std::string_view bytes)> on_output;
  // Of tests: what their binaries say, as go test -json says it, and each package when its tests
  // are over, in go test's order.
  std::function<void(const TestEvent&)> on_test;
  std::function<void(const PackageTests&)> on_package;
  // While a stage runs, as often as UsagePulse says; its last figures come with on_stage_end.
  std::function<void(StageKind, const policies::Limits&, const StageUsage&)> on_usage;
  // Whether somebody looks at the usage right now; absent: nobody does.
  std::function<bool()> is_watched;
};

// kExec: what its command finds of the host's, beside what the policy shows.
struct CommandPlace {
  std::vector<policies::Bind> binds;
  std::string directory;                    // to start in; "" is /work
  std::shared_ptr<const UniqueFd> program;  // copied in and executed; null: arguments[0] is
};

struct Job {
  std::string id;
  JobKind kind = JobKind::kRun;
  Workspace workspace;
  std::string package = ".";             // where the program is, as go names packages
  std::string how_to_name_package;       // PackageChoice::how_to_name
  std::vector<std::string> arguments;    // the program's; kExec: the whole command
  CommandPlace place;                    // kExec
  std::vector<std::string> environment;  // "NAME=value", the user's additions
  std::string standard_input;
  int standard_input_stream = -1;  // instead of that: read by the program as it comes; not owned
  bool stdin_open = false;         // more comes while it runs, through that stream
  policies::JobPolicy policy;      // with the caller's limits in place
  std::string policy_name;
  std::string toolchain;  // as the user named it; "" is the default
  GoSettings go;
  ModuleMode modules = ModuleMode::kAuto;
  TestSettings test;  // kTest
  std::string
      test_directory;       // kTest: where the patterns begin, below the workspace; "" is its top
  bool go_in_path = false;  // the program finds the go command, offline, its cache read-only
  bool vet = false;
  bool direct_compile = true;  // without the go command where that changes nothing
  // Whose compiles this job may share in the runner's CompileCache; "" keeps it out of the cache.
  std::string cache_scope;
  // kTest: the caller's name for what is kept of its compiles on disk; "" keeps and finds nothing.
  std::string test_cache;
  bool test_cache_write = true;  // false: find, but keep nothing: the sources are a stranger's
  bool explain = false;
  bool prove = false;          // for whoever runs it: try afterwards what is advised (proof.h)
  bool diagnose = true;        // watch the stages, and say why they ended as they did
  bool goroutines = false;     // report those alive when main returns
  bool gctrace = false;        // trace the program's garbage collector
  bool timeline = false;       // put the stages' timelines into the result
  std::string keep_directory;  // copy the last stage's /work here; "" keeps nothing
  // Files to copy below `artifacts_directory`, which exists: runner/job/artifacts.h.
  std::vector<std::string> artifacts;
  std::string artifacts_directory;
  bool profiles = false;  // for whoever runs it: put what diagnosis sampled there too
  std::shared_ptr<sandbox::CoreOrder> core;  // of the program, when it dies
  int cancel = -1;                           // readable: stop
  std::function<int()> cancel_signal;        // sandbox::Execution's, for the job's program
  Nanoseconds queued{0};
  JobObserver observer;
};

std::string new_job_id();

// How the job's policy says that programs are built, where the caller has not said so already.
void take_policy_settings(Job& job);

}  // namespace gobox::runner
