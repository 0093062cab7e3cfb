// SPDX-License-Identifier: Apache-2.0

#pragma once

// Launcher: makes sandboxes. Owns the launcher process (sandbox/inside/launcher_process.h) and this
// instance's corner of the control groups.
//
// start() forks, so call it first thing in main, before any thread. prepare() may then be called
// from many threads; the Launcher must outlive every Sandbox it made. Its destructor ends the
// launcher process, and with it any sandbox still alive.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "policies/policy.h"
#include "sandbox/cgroup/cgroup_tree.h"
#include "sandbox/sandbox.h"
#include "sandbox/seccomp/seccomp_filter.h"
#include "sandbox/warden.h"

namespace gobox::sandbox {

// What one sandbox is to be. Refers to data that must live until prepare() returns.
struct SandboxSpec {
  const policies::StagePolicy& policy;
  const SeccompFilter& filter;
  std::vector<policies::Bind> more_binds;  // toolchain, prepared cache
  unsigned programs = 1;                   // how many commands it will run, one after another
  bool relay = false;  // with a listening socket of its network namespace (Sandbox::take_relay)
  bool show_groups = false;  // its control group's files, read-only, below /sys/fs/cgroup
};

class Launcher {
 public:
  static Result<std::unique_ptr<Launcher>> start(CgroupTree::Degraded degraded);

  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;
  ~Launcher();

  // Everything up to the program: namespaces, mounts, limits, filter. Nothing foreign has run.
  // Waits kSetupPatience at the most; `cancel`: readable when it is no longer wanted.
  Result<std::unique_ptr<Sandbox>> prepare(const SandboxSpec& spec, int cancel = -1);

  // Before the first prepare(): where images for Scratch::kDisk lie. Without one there are none.
  void use_scratch_directory(std::string directory) { scratch_directory_ = std::move(directory); }

  static constexpr auto kSetupPatience = std::chrono::seconds(30);

  CgroupTree& groups() { return *groups_; }

  pid_t pid() const { return pid_; }

  // Whether sandboxes get user ids of their own outside, rather than ours.
  bool gives_own_ids() const { return own_ids_; }

 private:
  Launcher(std::unique_ptr<CgroupTree> groups, UniqueFd socket, pid_t pid, bool own_ids)
      : groups_(std::move(groups)), socket_(std::move(socket)), pid_(pid), own_ids_(own_ids) {}

  // What the launcher process said before it gave up; `error` if it said nothing.
  Error last_word(Error error) const;

  std::unique_ptr<CgroupTree> groups_;
  UniqueFd socket_;
  pid_t pid_ = -1;
  bool own_ids_ = false;
  std::string scratch_directory_;
  Warden warden_;
};

}  // namespace gobox::sandbox
