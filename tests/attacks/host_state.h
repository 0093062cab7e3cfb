// SPDX-License-Identifier: Apache-2.0

#pragma once

// HostState: what a sandbox must leave as it was. Taken before and after an attack and compared:
// our child processes, the control groups of this instance, mounts, network namespaces held by
// processes, files in /tmp and /dev/shm that carry an attack's mark, IPC objects, the host's name,
// our own descriptors, and the offset between the wall clock and the monotonic one. Other tenants
// of the machine are left out of account as far as that can be told.

#include <map>
#include <string>
#include <vector>

#include "base/quantity.h"

namespace gobox::attacks {

struct HostState {
  std::map<std::string, std::string> facts;  // name -> value; equal or else
  Nanoseconds clock_offset{0};
};

HostState look_at_host(const std::vector<std::string>& group_directories);

// What differs, one sentence each.
std::vector<std::string> differences(const HostState& before, const HostState& after);

}  // namespace gobox::attacks
