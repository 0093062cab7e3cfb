// SPDX-License-Identifier: Apache-2.0

#include "sandbox/cgroup/cgroup_layout.h"

#include <sstream>
#include <vector>

#include "base/file.h"

namespace gobox::sandbox {
namespace {

struct CgroupMount {
  std::string root;  // the directory of the hierarchy that is mounted here
  std::string mount_point;
  std::string type;     // "cgroup" or "cgroup2"
  std::string options;  // of the super block: names the v1 controllers
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// The three octal digits at the front; -1: they are something else.
int octal_digits(std::string_view text) {
  if (text.size() < 3) return -1;
  int value = 0;
  for (const char digit : text.substr(0, 3)) {
    if (digit < '0' || digit > '7') return -1;
    value = 8 * value + (digit - '0');
  }
  return value;
}

// mountinfo writes blanks and backslashes in paths as three octal digits (proc(5)).
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int escaped = text[i] == '\\' ? octal_digits(text.substr(i + 1)) : -1;
    plain += escaped < 0 ? text[i] : static_cast<char>(escaped);
    if (escaped >= 0) i += 3;
  }
  return plain;
}

// "36 35 98:0 /root /mount/point opts... - type source super-options"
std::optional<CgroupMount> parse_mount(const std::string& line) {
  const std::vector<std::string> fields = split(line, ' ');
  std::size_t dash = 6;
  while (dash < fields.size() && fields[dash] != "-") ++dash;
  if (dash + 3 >= fields.size()) return std::nullopt;
  const std::string& type = fields[dash + 1];
  if (type != "cgroup" && type != "cgroup2") return std::nullopt;
  return CgroupMount{unescape(fields[3]), unescape(fields[4]), type, fields[dash + 3]};
}

// Our group's directory: its path in the hierarchy, less the part above the mounted root.
std::string directory_below(const CgroupMount& mount, const std::string& path) {
  if (path == "/" || path.empty() || path == mount.root) return mount.mount_point;
  if (mount.root == "/") return mount.mount_point + path;
  if (path.rfind(mount.root + "/", 0) == 0) {
    return mount.mount_point + path.substr(mount.root.size());
  }
  return mount.mount_point;
}

}  // namespace

const char* name_of(CgroupMode mode) {
  switch (mode) {
    case CgroupMode::kUnified:
      return "v2";
    case CgroupMode::kHybrid:
      return "hybrid";
    case CgroupMode::kLegacy:
      return "v1";
    case CgroupMode::kNone:
      break;
  }
  return "none";
}

bool has_word(std::string_view text, std::string_view word) {
  std::istringstream stream{std::string(text)};
  for (std::string each; stream >> each;) {
    if (each == word) return true;
  }
  return false;
}

const HierarchyPlace* CgroupLayout::legacy_of(const std::string& controller) const {
  const auto found = legacy.find(controller);
  return found == legacy.end() ? nullptr : &found->second;
}

CgroupMode CgroupLayout::mode(std::string_view unified_controllers) const {
  if (unified && has_word(unified_controllers, "memory") && has_word(unified_controllers, "pids")) {
    return CgroupMode::kUnified;
  }
  if (legacy_of("memory") == nullptr && legacy_of("pids") == nullptr) {
    return unified ? CgroupMode::kUnified : CgroupMode::kNone;
  }
  return unified ? CgroupMode::kHybrid : CgroupMode::kLegacy;
}

CgroupLayout parse_cgroup_layout(std::string_view mountinfo, std::string_view self_cgroup) {
  std::map<std::string, std::string> own_path;  // by v1 controller; "" is the unified hierarchy
  for (const std::string& line : split(self_cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) own_path[""] = path;
    for (const std::string& name : split(controllers, ',')) own_path[name] = path;
  }

  CgroupLayout layout;
  for (const std::string& line : split(mountinfo, '\n')) {
    const auto mount = parse_mount(line);
    if (!mount) continue;
    if (mount->type == "cgroup2") {
      layout.unified = {mount->mount_point, directory_below(*mount, own_path[""])};
      continue;
    }
    for (const std::string& option : split(mount->options, ',')) {
      const auto path = own_path.find(option);
      if (path == own_path.end()) continue;
      layout.legacy.emplace(
          option, HierarchyPlace{mount->mount_point, directory_below(*mount, path->second)});
    }
  }
  return layout;
}

Result<CgroupLayout> read_cgroup_layout() {
  const std::string mountinfo = TRY(read_file("/proc/self/mountinfo"));
  const std::string self_cgroup = TRY(read_file("/proc/self/cgroup"));
  return parse_cgroup_layout(mountinfo, self_cgroup);
}

}  // namespace gobox::sandbox
