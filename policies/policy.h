// SPDX-License-Identifier: Apache-2.0

#pragma once

// Policy: what a stage may do and how much of it, as plain data. policies/*.json holds the shipped
// ones; policies/loader.h reads and checks them. Nothing here touches the kernel.
//
// Two kinds of policy file exist. A *stage policy* (compile, run, strict-run, ...) describes one
// sandbox. A *job policy* (default, race, strict, ci) names the stage policy of each stage and the
// total time over all of them; fetching modules is bounded by itself.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"

namespace gobox::policies {

// Every field is in force; none may be zero and none means "unlimited".
// What becomes of a program that writes more than is kept of its output.
enum class OutputLimit {
  kKill,      // it is ended: output_limit
  kTruncate,  // it goes on; the first and the last of its output are kept
};

struct Limits {
  Nanoseconds wall = std::chrono::seconds(8);
  std::optional<Nanoseconds> cpu;                      // CPU time of the whole tree; off unless set
  Nanoseconds grace = std::chrono::milliseconds(250);  // SIGQUIT to SIGKILL; 0 kills at once
  std::uint64_t memory_bytes = 256ULL << 20;           // memory and swap together, tmpfs included
  // Above it the kernel slows the program down and reclaims (memory.high of cgroup v2); off unless
  // set.
  std::optional<std::uint64_t> memory_high;
  double cpus = 1;                         // CPU bandwidth
  std::uint64_t pids = 128;                // processes and threads
  std::uint64_t disk_bytes = 64ULL << 20;  // /work, /tmp and /dev/shm together
  std::uint64_t disk_inodes = 16384;
  std::uint64_t output_bytes = 1ULL << 20;  // kept of stdout and of stderr, each
  OutputLimit output_limit = OutputLimit::kKill;
  std::uint64_t open_files = 1024;        // RLIMIT_NOFILE
  std::uint64_t file_bytes = 1ULL << 30;  // RLIMIT_FSIZE
};

enum class Network { kNone, kLoopback };

// Where what a sandbox writes lies.
enum class Scratch {
  kMemory,  // a tmpfs, charged to the memory limit
  kDisk,    // an image of that size on the host's disk
};

// What /proc shows beside the sandbox's own processes.
enum class ProcView {
  kProcesses,  // nothing
  kSystem,     // cpuinfo and meminfo, which tell the sandbox's limits; all else cannot be read
};

// A host path shown inside, read-only, nosuid, nodev, with its submounts.
struct Bind {
  std::string source;
  std::string target;
  bool optional = false;  // skipped where the host lacks it
  std::string comment;    // why the program needs it
};

struct ArgumentTest {
  unsigned index = 0;  // 0..5
  enum class Op { kEqual, kNotEqual, kMaskedEqual, kLess, kGreaterEqual } op = Op::kEqual;
  std::uint64_t mask = ~0ULL;  // kMaskedEqual: (argument & mask) == value
  std::uint64_t value = 0;

  bool operator==(const ArgumentTest&) const = default;
};

struct SyscallRule {
  enum class Action {
    kAllow,
    kErrno,    // fail with errno_value
    kSucceed,  // return 0 without being carried out
    kForbid,   // Seccomp::on_forbidden decides
    kAsk,      // the supervisor decides, by the file or socket (sandbox/arbitration.h)
  };

  std::vector<std::string> calls;
  Action action = Action::kAllow;
  int errno_value = 0;
  std::vector<ArgumentTest> when;  // all must hold, at most one per argument; empty = always
  std::string comment;             // why the rule is there

  bool operator==(const SyscallRule&) const = default;
};

struct Seccomp {
  // Calls no rule names fail with this errno. ENOSYS keeps the fallbacks of glibc and Go working.
  int default_errno = 38;

  enum class OnForbidden {
    kErrno,   // EPERM, silently
    kReport,  // the supervisor records the call and kills the run: policy_violation
  };

  OnForbidden on_forbidden = OnForbidden::kErrno;

  // As the loader gives them: no two rules of one call can match the same arguments, so their order
  // means nothing, and no rule repeats the default (libseccomp refuses that with EACCES).
  std::vector<SyscallRule> rules;

  // Stages often share one filter: compare, and compile it once.
  bool operator==(const Seccomp&) const = default;
};

struct StagePolicy {
  std::string name;
  Limits limits;  // what a job gets
  Limits most;    // what whoever submits it may ask for: nowhere less than `limits`
  Network network = Network::kLoopback;
  Scratch scratch = Scratch::kMemory;  // the job policy's, the same in all its stages
  ProcView proc = ProcView::kProcesses;
  std::vector<Bind> binds;
  Seccomp seccomp;
};

// How large a job's source tree may be.
struct InputSizes {
  std::uint64_t files = 1000;         // links included
  std::uint64_t bytes = 16ULL << 20;  // of all files together
  std::uint64_t path = 200;           // bytes of the longest name
  std::uint64_t depth = 10;           // parts of a name
};

// The stage policies a job uses; `total` is the wall-clock limit over all stages but fetch, whose
// time is mostly a proxy's.
struct JobPolicy {
  std::string name;
  Nanoseconds total = std::chrono::seconds(12);
  Nanoseconds total_most = std::chrono::seconds(12);  // what may be asked for
  StagePolicy fetch;  // modules; what it can reach is the relay alone
  StagePolicy compile;
  StagePolicy vet;
  StagePolicy run;
  StagePolicy test;
  InputSizes input;
  bool race = false;        // build with the race detector unless the caller says otherwise
  bool cgo = false;         // build C, too, unless the caller says otherwise
  bool go_in_path = false;  // tests find the go command
};

// In all stages.
void set_scratch(JobPolicy& job, Scratch scratch);

}  // namespace gobox::policies
