// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/standard_library.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "runner/golang/build_constraint.h"
#include "runner/golang/go_source.h"

namespace gobox::runner {
namespace {

namespace fs = std::filesystem;

bool is_passed_over(const std::string& name) {
  return name == "internal" || name == "vendor" || name == "testdata" || name == "cmd" ||
         name == "builtin" || name == "cgo" || name.starts_with('_') || name.starts_with('.');
}

// Has a file of a package that the target takes; "documentation" and main are no packages to
// import.
bool is_importable(const fs::path& directory, const BuildTarget& target) {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(directory, failure)) {
    const std::string name = entry.path().filename();
    const GoFileName parsed = parse_go_file_name(name);
    if (!parsed.is_go || parsed.is_test || !entry.is_regular_file(failure)) continue;
    const auto text = read_file(entry.path());
    if (!text) continue;
    const GoFileHead head = scan_go_file(*text);
    if (head.package == "main" || head.package == "documentation") continue;
    if (!head.uses_cgo && is_file_built(name, head, target)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> importable_packages(const Toolchain& toolchain) {
  BuildTarget target;
  target.go_minor = toolchain.minor;
  std::error_code failure;
  const fs::path root = fs::canonical(toolchain.goroot / "src", failure);
  std::vector<std::string> packages;
  if (failure) return packages;
  fs::recursive_directory_iterator at(root, failure);
  for (const fs::recursive_directory_iterator end; !failure && at != end; at.increment(failure)) {
    if (!at->is_directory(failure)) continue;
    if (is_passed_over(at->path().filename())) {
      at.disable_recursion_pending();
    } else if (is_importable(at->path(), target)) {
      packages.push_back(at->path().lexically_relative(root));
    }
  }
  std::sort(packages.begin(), packages.end());
  return packages;
}

}  // namespace gobox::runner
