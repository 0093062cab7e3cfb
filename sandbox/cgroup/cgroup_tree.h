// SPDX-License-Identifier: Apache-2.0

#pragma once

// CgroupTree: this process's own corner of the host's control groups. One directory per hierarchy,
// made below the group we are in (or, as root on a v2 host whose session group is full of other
// processes, below the root of the hierarchy); one leaf in it per sandbox.
//
// Each directory is locked with flock(2) for as long as we live. Opening a tree first sweeps the
// directories of instances that died without cleaning up: whatever has our prefix and no lock. An
// instance need not use the same hierarchies, or have begun in the same group, as we: a name is
// swept only when every directory of it that we can see could be locked. Nobody else's groups are
// touched. The destructor removes the directories.
//
// Thread-safe: create() may be called from many threads.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "sandbox/cgroup/cgroup_layout.h"
#include "sandbox/cgroup/control_group.h"

namespace gobox::sandbox {

// What this host cannot enforce through its control groups, and what the operator can do about it.
struct MissingRight {
  std::string what;    // "memory limit"
  std::string why;     // "cgroup.procs: Permission denied"
  std::string remedy;  // a command or a setting
};

class CgroupTree {
 public:
  enum class Degraded { kRefuse, kAllow };

  static Result<std::unique_ptr<CgroupTree>> open(Degraded degraded);

  CgroupTree(const CgroupTree&) = delete;
  CgroupTree& operator=(const CgroupTree&) = delete;
  ~CgroupTree();

  Result<ControlGroup> create(const GroupLimits& limits);

  CgroupMode mode() const { return mode_; }

  const std::vector<MissingRight>& missing() const { return missing_; }

  // The directories of this instance.
  const std::vector<std::string>& directories() const { return instance_paths_; }

  // Leaves that exist now; for metrics.
  std::size_t groups_alive() const;

 private:
  // One hierarchy and what we use it for.
  struct Place {
    std::string base;  // our instance directory is made in here
    bool unified = false;
    bool memory = false;
    bool pids = false;
    bool cpu = false;
    bool cpuacct = false;
  };

  CgroupTree() = default;

  Result<void> choose_places(const CgroupLayout& layout);
  Result<void> choose_unified(const HierarchyPlace& place);
  void choose_legacy(const CgroupLayout& layout);
  void note_missing();
  void sweep() const;
  void sweep_name(const std::string& name, std::chrono::steady_clock::time_point deadline) const;
  Result<bool> make_locked_directories(const std::string& name);
  void give_up_directories();
  Result<void> make_instance();

  CgroupMode mode_ = CgroupMode::kNone;
  std::vector<Place> places_;
  std::vector<std::string> instance_paths_;  // parallel to places_
  std::vector<UniqueFd> locks_;              // likewise
  std::vector<MissingRight> missing_;
  std::atomic<std::uint64_t> next_leaf_{1};
};

}  // namespace gobox::sandbox
