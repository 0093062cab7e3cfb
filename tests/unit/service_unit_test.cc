// SPDX-License-Identifier: Apache-2.0

// packaging/sandbox-api.service: what systemd would take away from the server it must not.

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::tests {
namespace {

using ::testing::Contains;
using ::testing::Not;

std::set<std::string> directives() {
  std::ifstream file(std::filesystem::path(GOBOX_SOURCE_DIR) / "packaging" / "sandbox-api.service");
  std::set<std::string> names;
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (!line.starts_with('#') && equals != std::string::npos) names.insert(line.substr(0, equals));
  }
  return names;
}

TEST(ServiceUnit, DelegatesAControlGroup) {
  EXPECT_THAT(directives(), Contains("Delegate"));
  EXPECT_THAT(directives(), Contains("OOMPolicy"));
}

// Each of these makes every run a sandbox_error: they refuse namespaces, the host name of one, or
// cover parts of /proc, after which the kernel refuses a new one.
TEST(ServiceUnit, LeavesWhatSandboxesAreMadeOf) {
  for (const char* name :
       {"RestrictNamespaces", "PrivateUsers", "ProtectHostname", "ProtectProc", "ProcSubset",
        "ProtectKernelTunables", "ProtectKernelLogs", "ProtectControlGroups", "PrivateNetwork",
        "MemoryDenyWriteExecute", "SystemCallFilter"}) {
    EXPECT_THAT(directives(), Not(Contains(name)));
  }
}

}  // namespace
}  // namespace gobox::tests
