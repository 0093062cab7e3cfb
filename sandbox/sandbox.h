// SPDX-License-Identifier: Apache-2.0

#pragma once

// Sandbox: one isolated process tree, prepared and waiting. It runs once and is then destroyed; it
// is never reset, because reuse is where one run's state reaches the next.
//
// Made by Launcher::prepare(). run() blocks its thread until everything inside is dead. The
// destructor kills whatever lives and removes the control group. Not thread-safe; a Sandbox belongs
// to one thread at a time.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/patience.h"
#include "base/unique_fd.h"
#include "policies/policy.h"
#include "sandbox/cgroup/control_group.h"
#include "sandbox/disk_image.h"
#include "sandbox/ending.h"
#include "sandbox/inside/message.h"

namespace gobox::sandbox {

class Warden;
struct CoreOrder;

struct ProgramStart {
  std::vector<std::string>
      arguments;  // [0] names the program; looked up in `paths` without a slash
  std::vector<std::string> environment;
  std::string working_directory = "/work";
  std::string paths = "/usr/local/bin:/usr/bin:/bin";
  int executable = -1;  // executed instead of arguments[0] when >= 0 (execveat); not owned
  // That arguments[0] is missing or cannot be executed is how the run ended (127, 126), not an
  // Error.
  bool named_by_caller = false;
  int binary = -1;  // copied to kBinaryPath and executed there when >= 0; one per run; not owned
};

// Told about output as it comes, from the thread in run().
using OutputSink = std::function<void(bool is_stderr, std::string_view bytes)>;

// Takes what is not the program's out of its stderr before anything else sees it; returns the rest.
// `end`: the stream has ended, nothing may be held back any longer.
using StderrFilter = std::function<std::string(std::string_view bytes, bool end)>;

// Called now and then during a run, from the thread in run(); returns when to be called next.
using Sampler = std::function<Nanoseconds(const ControlGroup& group, Nanoseconds offset)>;

struct Execution {
  std::vector<ProgramStart> programs;  // one after another, each only if the one before exited 0
  int standard_input = -1;             // -1: empty
  // Sealed archives of FileRecords, written below /work first, one over the other; -1: none.
  int files = -1;
  int more_files = -1;
  policies::Limits limits;
  std::optional<Nanoseconds> total_left;  // of the time over all stages
  bool merge_streams = false;             // stdout goes where stderr goes, into one pipe
  bool quit_first = false;                // SIGQUIT and the grace at the wall limit
  bool explain = false;                   // list refused calls instead of ending the run
  int cancel = -1;                        // readable: end the run
  // Asked once, when `cancel` becomes readable: which signal the program is to have first, with the
  // grace to end by itself; 0, or absent: it is killed at once. Takes what made it readable.
  std::function<int()> cancel_signal;
  OutputSink sink;
  StderrFilter stderr_filter;  // absent: stderr as it is
  Sampler sampler;
  CoreOrder* core = nullptr;  // sandbox/core_order.h: keep a core of the first program; not owned
};

class Sandbox {
 public:
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox();

  // Error: our own failure (step and errno). However the program ended is an Ending.
  Result<Ending> run(const Execution& execution);

  // The root of the writable space: directories work, tmp and shm. Read it only after run(), when
  // nothing inside is alive, and only beneath this descriptor.
  int space() const { return space_.get(); }

  // The listening socket at 127.0.0.1:kRelayPort inside, where one was asked for; the caller's.
  UniqueFd take_relay() { return std::move(relay_); }

  // What the caller waited for it: the whole set-up, or the taking of a parked one.
  Nanoseconds setup_time() const { return setup_time_; }

  bool was_parked() const { return was_parked_; }

  // Before run(): other limits than it was made with.
  Result<void> set_limits(const GroupLimits& limits) { return group_.write_limits(limits); }

  // The pool hands out this one, made earlier.
  void mark_taken(Nanoseconds waited) {
    setup_time_ = waited;
    was_parked_ = true;
  }

  pid_t init_pid() const { return init_pid_; }

  const ControlGroup& group() const { return group_; }

  // Kills everything inside, as fast as may be; may be called from any thread during run().
  void kill() const;

  // CPU time since it was ready; from any thread, likewise.
  Result<Nanoseconds> cpu_used() const;

 private:
  friend class Launcher;
  friend class Supervision;

  explicit Sandbox(ControlGroup group) : group_(std::move(group)) {}

  Result<void> await_ready(const Patience& patience);
  Result<void> await_parked(const Patience& patience);
  Result<void> send_command(std::size_t program, const ProgramStart& start, const int streams[3],
                            const std::vector<int>& archives);
  // Copies it to kBinaryPath.
  Result<void> install(int binary);
  // Enough where nobody is inside but PID 1 and the parked.
  void kill_init() const;
  // False: something inside would not die within `patience`.
  bool await_death(Nanoseconds patience) const;

  ControlGroup group_;
  Warden* warden_ = nullptr;                          // the launcher's
  std::shared_ptr<const policies::Seccomp> seccomp_;  // what Explain answers with
  UniqueFd control_;
  std::vector<UniqueFd> commands_;
  UniqueFd pidfd_;                   // of PID 1
  std::vector<UniqueFd> programs_;   // pidfds
  std::vector<UniqueFd> listeners_;  // where each program's reported calls arrive
  std::vector<pid_t> program_pids_;  // inside
  UniqueFd space_;
  DiskImage image_;  // under it, where it is on disk
  UniqueFd relay_;
  bool relay_wanted_ = false;
  UniqueFd binary_;  // kBinaryPath, open for writing until it is written
  pid_t init_pid_ = -1;
  std::uint32_t program_uid_ = 0;
  std::vector<std::string> bind_sources_;  // to name the one that failed
  Nanoseconds setup_time_{0};
  bool was_parked_ = false;
  GroupUsage baseline_;  // what set-up cost
};

}  // namespace gobox::sandbox
