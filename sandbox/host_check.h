// SPDX-License-Identifier: Apache-2.0

#pragma once

// What the host offers for making sandboxes, asked without making one: kernel, capabilities,
// namespaces, seccomp. It explains a refusal; the proof that a sandbox can be made is making one.
// Control groups speak for themselves (cgroup_tree.h, MissingRight). Thread-safe.
// capabilities(7), namespaces(7), user_namespaces(7), seccomp(2).

#include <string>
#include <vector>

namespace gobox::sandbox {

struct HostFinding {
  bool good = false;
  std::string what;    // "user namespaces"
  std::string detail;  // what is there; or what is missing, and what to do about it
};

std::vector<HostFinding> check_host();

// Whether "scratch": "disk" can be had; nothing else needs it.
HostFinding check_scratch_on_disk();

}  // namespace gobox::sandbox
