// SPDX-License-Identifier: Apache-2.0

#pragma once

// HostState: what a run must leave as it found it. Taken before and after, and compared.
//
// Counts what this test process is answerable for, because others may use the host at the same
// time: its descendants, its descriptors, the mounts it sees, and the control groups of instances
// by their process ids. Orphans among the descendants come to us, for become_subreaper() makes us
// their parent. Test support; not thread-safe.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

namespace gobox::tests {

struct HostState {
  std::vector<std::string> processes;    // "PID COMMAND (STATE)" of every descendant
  std::vector<std::string> descriptors;  // targets of our own
  std::vector<std::string> mounts;
  // How many our descendants are in, other than our own; a launcher is in one nobody uses yet.
  std::size_t network_namespaces = 0;

  bool operator==(const HostState&) const = default;
};

void PrintTo(const HostState& state, std::ostream* out);

// Orphaned descendants become our children instead of the host's first process's.
void become_subreaper();

// Reaps orphans that have ended. Call it only while no ChildProcess is alive.
void reap_orphans();

HostState host_state();

// Control groups that the process `supervisor` made and that still exist.
std::vector<std::string> groups_of(pid_t supervisor);

// Control groups that any of `supervisors` made and that still exist.
std::vector<std::string> groups_of(const std::set<pid_t>& supervisors);

// Asks again and again until `holds` or `patience` has passed. For what the kernel tells no event
// of.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace gobox::tests
