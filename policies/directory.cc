// SPDX-License-Identifier: Apache-2.0

#include "policies/directory.h"

#include <cstdlib>
#include <system_error>
#include <utility>

namespace gobox::policies {
namespace {

namespace fs = std::filesystem;

constexpr int kFoldersUp = 4;  // build/bin, build/asan/bin and one or two more

bool holds_policies(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "default.json", error);
}

Result<fs::path> own_executable() {
  std::error_code error;
  fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) return Error::system("read /proc/self/exe", error.value());
  return executable;
}

std::optional<std::string> from_environment() {
  const char* value = std::getenv("GOBOX_POLICY_DIR");
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Result<fs::path> find_policy_dir() {
  return find_policy_dir(TRY(own_executable()), from_environment());
}

Result<fs::path> find_own_policy_dir() {
  return find_own_policy_dir(TRY(own_executable()), from_environment());
}

fs::path find_own_policy_dir(const fs::path& executable,
                             const std::optional<std::string>& from_environment) {
  const fs::path folder = executable.parent_path();
  const bool installed = folder == "/usr/bin" || folder == "/usr/local/bin";
  return installed && !from_environment ? fs::path("/etc/gobox/policies") : fs::path();
}

Result<fs::path> find_policy_dir(const fs::path& executable,
                                 const std::optional<std::string>& from_environment) {
  if (from_environment) {
    if (holds_policies(*from_environment)) return fs::path(*from_environment);
    return Error::caller("GOBOX_POLICY_DIR: \"" + *from_environment + "\" holds no default.json");
  }
  const fs::path folder = executable.parent_path();
  fs::path installed = folder.parent_path() / "share" / "gobox" / "policies";
  if (holds_policies(installed)) return installed;
  fs::path above = folder;
  for (int step = 0; step < kFoldersUp && above.has_relative_path(); ++step) {
    above = above.parent_path();
    if (holds_policies(above / "policies")) return above / "policies";
  }
  fs::path source = GOBOX_SOURCE_POLICY_DIR;
  if (holds_policies(source)) return source;
  return Error::host("find the policies: neither " + installed.string() +
                     " nor a policies folder above " + folder.string() +
                     " holds a default.json; set GOBOX_POLICY_DIR");
}

}  // namespace gobox::policies
