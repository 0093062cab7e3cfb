// SPDX-License-Identifier: Apache-2.0

#pragma once

// CgroupLayout: where this host keeps its control groups and which of them is ours. A pure reading
// of /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)); nothing is made or changed.
//
// Three shapes exist. *unified*: cgroup v2 offers memory, pids and cpu. *hybrid*: v1 holds them and
// a v2 mount stands beside it (kill, populated and CLONE_INTO_CGROUP come from there). *legacy*: v1
// only.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gobox::sandbox {

enum class CgroupMode { kUnified, kHybrid, kLegacy, kNone };

// "v2", "hybrid", "v1", "none".
const char* name_of(CgroupMode mode);

// One hierarchy as we see it: where it is mounted and the directory of the group we are in.
struct HierarchyPlace {
  std::string mount_point;
  std::string own_directory;

  bool operator==(const HierarchyPlace&) const = default;
};

struct CgroupLayout {
  std::optional<HierarchyPlace> unified;
  std::map<std::string, HierarchyPlace> legacy;  // by v1 controller name

  const HierarchyPlace* legacy_of(const std::string& controller) const;

  // `unified_controllers`: the text of cgroup.controllers in our own v2 group.
  CgroupMode mode(std::string_view unified_controllers) const;
};

CgroupLayout parse_cgroup_layout(std::string_view mountinfo, std::string_view self_cgroup);
Result<CgroupLayout> read_cgroup_layout();

bool has_word(std::string_view text, std::string_view word);

}  // namespace gobox::sandbox
