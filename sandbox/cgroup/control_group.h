// SPDX-License-Identifier: Apache-2.0

#pragma once

// ControlGroup: the kernel's account of one sandbox. A leaf group (one directory per hierarchy)
// with every limit written before a process enters it; counters are read from it, and the verdict
// with them.
//
// Made by CgroupTree::create(), which owns the directory above. Removing it needs it empty: kill
// the sandbox's PID 1 first. The destructor removes what is left, without reporting failure. Kernel
// documents: admin-guide/cgroup-v2.rst, admin-guide/cgroup-v1/{memory,pids}.rst. Not thread-safe;
// belongs to the thread that supervises the sandbox.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/quantity.h"
#include "base/unique_fd.h"

namespace gobox::sandbox {

struct GroupLimits {
  std::uint64_t memory_bytes = 0;  // memory and swap together
  std::uint64_t pids = 0;
  double cpus = 0;
  std::optional<std::uint64_t> memory_high;  // bytes; only where is_unified()
};

// What the kernel counted since the group was made. Absent: this kernel does not offer the counter.
struct GroupUsage {
  Nanoseconds cpu_user{0};
  Nanoseconds cpu_system{0};
  Nanoseconds cpu_total{0};
  Nanoseconds cpu_throttled{0};
  std::uint64_t memory_peak_bytes = 0;
  std::uint64_t oom_kills = 0;
  std::uint64_t memory_high_events = 0;  // how often it was held back above memory_high
  std::optional<std::uint64_t> pids_peak;
  std::uint64_t pids_refused = 0;
};

// Memory now, for a timeline.
struct MemorySample {
  std::uint64_t total_bytes = 0;
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;    // page cache without tmpfs
  std::uint64_t shared_bytes = 0;  // tmpfs and shared memory
};

// A group's directory in one hierarchy and what that hierarchy answers for.
struct GroupDirectory {
  std::string path;
  UniqueFd directory;
  mutable std::map<std::string, UniqueFd> counters;  // files opened once, read many times
  bool unified = false;                              // cgroup v2
  bool memory = false;                               // the controllers that limit and count here
  bool pids = false;
  bool cpu = false;      // bandwidth
  bool cpuacct = false;  // CPU time
};

// The processes of a group, for a reader who may outlive our interest in them: owns a descriptor of
// the group's directory.
class GroupMembers {
 public:
  explicit GroupMembers(UniqueFd directory) : directory_(std::move(directory)) {}

  // As ids of our own pid namespace. Opened anew each time: cgroup v1 keeps a list per open file.
  Result<std::vector<pid_t>> list() const;

 private:
  UniqueFd directory_;
};

class ControlGroup {
 public:
  // Takes directories that exist. Writes `limits` wherever a directory has the controller.
  static Result<ControlGroup> adopt(std::vector<GroupDirectory> directories,
                                    const GroupLimits& limits);

  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;
  ControlGroup(ControlGroup&&) = default;
  ControlGroup& operator=(ControlGroup&&) = default;
  ~ControlGroup();

  // Writes what differs from the limits in force.
  Result<void> write_limits(const GroupLimits& limits);

  // Whether memory is limited by cgroup v2.
  bool is_unified() const;

  // For clone3's CLONE_INTO_CGROUP (v2); -1 where there is no v2 mount.
  int clone_into() const;

  // Opened `tasks` of each v1 directory: a single-threaded process that writes "0" there moves
  // itself in. Moving another process, or by way of cgroup.procs, takes the kernel's global lock
  // against all forks and exits, whose writer waits for an RCU grace period: milliseconds
  // (kernel/cgroup/cgroup.c, cgroup_procs_write_start).
  Result<std::vector<UniqueFd>> open_attach_files() const;

  Result<GroupUsage> usage() const;
  Result<Nanoseconds> cpu_time() const;
  // The same without the opened files, which belong to the supervising thread: for any thread.
  Result<Nanoseconds> cpu_time_afresh() const;
  Result<std::uint64_t> oom_kills() const;
  Result<MemorySample> memory() const;
  std::uint64_t processes_now() const;

  // Every process in the group, as ids of our own pid namespace.
  Result<std::vector<pid_t>> processes() const;

  Result<GroupMembers> members() const;

  // Lets the members run as fast as they can: who is to die must get there, and a lock that a
  // throttled one holds is held for all the others.
  void lift_cpu_limit() const;

  // SIGKILL to every member, by cgroup.kill where there is one (v2, Linux 5.14). Without it those
  // that are forked meanwhile are missed. From any thread.
  void kill() const;

  // Removes the directories, waiting up to `patience` for the last member to be gone.
  Result<void> remove(Nanoseconds patience);

 private:
  explicit ControlGroup(std::vector<GroupDirectory> directories)
      : directories_(std::move(directories)) {}

  const GroupDirectory* with(bool GroupDirectory::*controller) const;

  std::vector<GroupDirectory> directories_;
  GroupLimits limits_;  // in force; 0: not written yet
};

}  // namespace gobox::sandbox
