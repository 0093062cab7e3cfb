// SPDX-License-Identifier: Apache-2.0

// Prepared caches of one toolchain hold many files twice: those are one file with two names.

#include "runner/golang/shared_files.h"

#include <sys/stat.h>

#include "base/file.h"
#include "gtest/gtest.h"
#include "runner/golang/starter_library.h"
#include "tests/unit/scratch_directory.h"

namespace gobox::tests {
namespace {

namespace fs = std::filesystem;

nlink_t names_of(const fs::path& file) {
  struct stat status {};

  EXPECT_EQ(::lstat(file.c_str(), &status), 0) << file;
  return status.st_nlink;
}

TEST(SharedFiles, AreOutputsOfOneNameAndSize) {
  const ScratchDirectory root;
  for (const char* cache : {"plain", "cgo"}) {
    const std::string at = cache;
    root.write(at + "/0a/0a11-d", "the same");
    root.write(at + "/0a/0a22-d", at);           // cut short: not of one size
    root.write(at + "/0a/0a33-a", "v1 action");  // says when it was used last: each its own
    root.write(at + "/0a/0a44-d", "");
  }
  root.write("cgo/0b/0b55-d", "only here");
  runner::share_outputs(root / "cgo", {root / "missing", root / "plain"});
  EXPECT_EQ(names_of(root / "cgo/0a/0a11-d"), 2U);
  for (const char* own : {"0a/0a22-d", "0a/0a33-a", "0a/0a44-d", "0b/0b55-d"}) {
    EXPECT_EQ(names_of(fs::path(root / "cgo") / own), 1U) << own;
  }
  const auto shared = read_file(root / "cgo/0a/0a11-d");
  const auto differs = read_file(root / "cgo/0a/0a22-d");
  ASSERT_TRUE(shared && differs);
  EXPECT_EQ(*shared, "the same");
  EXPECT_EQ(*differs, "cgo");
}

TEST(StarterPackages, AreThoseTheToolchainHas) {
  const ScratchDirectory root;
  root.write("src/fmt/print.go", "package fmt\n");
  root.write("src/net/http/server.go", "package http\n");
  runner::Toolchain toolchain;
  toolchain.goroot = root.path();
  EXPECT_EQ(runner::starter_packages(toolchain), std::vector<std::string>{"fmt"});
}

}  // namespace
}  // namespace gobox::tests
