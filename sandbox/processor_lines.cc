// SPDX-License-Identifier: Apache-2.0

#include "sandbox/processor_lines.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/file.h"

namespace gobox::sandbox {
namespace {

// Of x86 and of arm64.
constexpr std::array<std::string_view, 18> kShown = {
    "vendor_id",    "cpu family",      "model",
    "model name",   "stepping",        "cache size",
    "fpu",          "flags",           "bugs",
    "clflush size", "cache_alignment", "address sizes",
    "Features",     "CPU implementer", "CPU architecture",
    "CPU variant",  "CPU part",        "CPU revision"};

std::string read_lines() {
  const auto all = read_file("/proc/cpuinfo");
  std::string lines;
  std::string_view rest = all ? std::string_view(*all) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.empty()) break;  // the first processor's end
    const std::string_view name = line.substr(0, line.find_first_of("\t:"));
    for (const std::string_view shown : kShown) {
      if (name == shown) lines.append(line).append("\n");
    }
  }
  return lines;
}

}  // namespace

const std::string& processor_lines() {
  static const std::string kLines = read_lines();
  return kLines;
}

}  // namespace gobox::sandbox
