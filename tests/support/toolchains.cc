// SPDX-License-Identifier: Apache-2.0

#include "tests/support/toolchains.h"

#include <cctype>
#include <cstdlib>
#include <sstream>

namespace gobox::tests {

namespace fs = std::filesystem;

std::vector<fs::path> test_toolchains() {
  const char* named = std::getenv("GOBOX_TEST_TOOLCHAINS");
  std::istringstream list(named != nullptr ? named : "/usr/local/go,/usr/lib/go-1.19");
  std::vector<fs::path> roots;
  for (std::string root; std::getline(list, root, ',');) {
    std::error_code ignored;
    if (!root.empty() && fs::exists(fs::path(root) / "bin" / "go", ignored))
      roots.emplace_back(root);
  }
  return roots;
}

std::string test_name_of(const fs::path& goroot) {
  std::string name = goroot.filename();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

}  // namespace gobox::tests
