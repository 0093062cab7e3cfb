// SPDX-License-Identifier: Apache-2.0

#include "run/project.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "runner/golang/go_work.h"
#include "runner/source/source_path.h"

namespace gobox::run {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxGoWork = std::size_t{1} << 20;

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Absolute, without "." and ".." and a slash at the end; links stay as they are named.
Result<fs::path> absolute(const std::string& path) {
  std::error_code failure;
  fs::path found = fs::absolute(path, failure).lexically_normal();
  if (failure) return Error::caller(runner::quote_path(path) + ": " + failure.message());
  return found.has_filename() ? found : found.parent_path();
}

// The nearest directory at or above `from` that holds `name`; empty where none does.
fs::path find_upward(fs::path from, const char* name) {
  for (;;) {
    if (is_file(from / name)) return from;
    if (from == from.root_path() || from.empty()) return {};
    from = from.parent_path();
  }
}

// A path below `root`, as go names packages.
Result<std::string> package_below(const fs::path& root, const fs::path& directory) {
  const std::string relative = directory.lexically_relative(root);
  if (relative == ".") return relative;
  if (relative.empty() || relative == ".." || relative.starts_with("../")) {
    return Error::caller(runner::quote_path(directory.string()) + " does not lie below " +
                         runner::quote_path(root.string()));
  }
  return "./" + relative;
}

// The directory of the go.work that `module` belongs to; empty where there is none. One that does
// not use the module is no reason to send more than the module.
fs::path workspace_of(const fs::path& module) {
  const char* const wanted = std::getenv("GOWORK");
  const std::string setting = wanted == nullptr ? "" : wanted;
  if (setting == "off") return {};
  const fs::path directory =
      setting.empty() ? find_upward(module, "go.work") : fs::path(setting).parent_path();
  if (directory.empty()) return {};
  const auto text = read_file((directory / "go.work").string(), kMaxGoWork);
  if (!text) return {};
  for (const std::string& use : runner::go_work_uses(*text)) {
    if ((directory / use).lexically_normal() == module / "" ||
        (directory / use).lexically_normal() == module) {
      return directory;
    }
  }
  return {};
}

fs::path root_of(const fs::path& directory) {
  const fs::path module = find_upward(directory, "go.mod");
  if (module.empty()) {
    const fs::path workspace = find_upward(directory, "go.work");
    return workspace.empty() ? directory : workspace;
  }
  const fs::path workspace = workspace_of(module);
  return workspace.empty() ? module : workspace;
}

}  // namespace

bool names_project(const std::vector<std::string>& inputs) {
  return (inputs.size() == 1 || inputs.size() == 2) && is_directory(inputs[0]) &&
         (inputs.size() == 1 || !inputs[1].ends_with(".go"));
}

Result<Project> find_project(const std::string& form, const std::vector<std::string>& inputs,
                             const std::string& root) {
  const std::string& named = inputs[0];
  const bool has_package = inputs.size() == 2;
  const bool relative = has_package && inputs[1].starts_with('.');
  const fs::path start = TRY(absolute(named));
  fs::path directory = start;
  if (relative) directory = TRY(absolute((start / inputs[1]).string()));
  if (relative && !is_directory(directory.string())) {
    return Error::caller("there is no package " + runner::quote_path(inputs[1]) + " in " +
                         runner::quote_path(named));
  }
  fs::path top;
  if (root.empty()) {
    top = root_of(directory);
  } else {
    top = TRY(absolute(root));
  }
  Project project;
  // In the user's own words where that is what is sent: messages quote it.
  project.root = top == start ? named : top.string();
  if (has_package && !relative) {
    project.package = inputs[1];
  } else {
    project.package = TRY(package_below(top, directory));
  }
  project.how_to_name =
      "sandbox-run " + (form == "run" ? std::string() : form + " ") + project.root + " ";
  return project;
}

}  // namespace gobox::run
