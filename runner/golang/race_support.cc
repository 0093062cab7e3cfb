// SPDX-License-Identifier: Apache-2.0

#include "runner/golang/race_support.h"

#include <unistd.h>

namespace gobox::runner {
namespace fs = std::filesystem;

// What the go command looks for: gcc by name, and the C library's headers.
std::string missing_for_cgo(const fs::path& root) {
  const auto is_program = [&](const char* path) {
    return ::access((root / path).c_str(), X_OK) == 0;
  };
  if (!is_program("usr/bin/gcc") && !is_program("bin/gcc")) return "a C compiler (gcc)";
  std::error_code ignored;
  if (!fs::exists(root / "usr/include/stdlib.h", ignored)) return "the C library's headers";
  return {};
}

std::string withhold_race(std::vector<Toolchain>& toolchains, const GoCaches& caches,
                          const fs::path& root) {
  const std::string missing = missing_for_cgo(root);
  if (missing.empty()) return {};
  std::string withheld;
  for (Toolchain& toolchain : toolchains) {
    if (!toolchain.has_race_runtime || caches.find(toolchain, CacheVariant::kRace)) continue;
    toolchain.has_race_runtime = false;
    withheld += (withheld.empty() ? "" : ", ") + toolchain.name;
  }
  if (withheld.empty()) return {};
  return "no race detector with " + withheld + ": building its standard library takes " + missing;
}

}  // namespace gobox::runner
