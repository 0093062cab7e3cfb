// SPDX-License-Identifier: Apache-2.0

#pragma once

// Reads the outputs of real Go programs kept in testdata/diagnosis, one file per program and Go
// version. Their user's files lie below /work/.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "runner/diagnosis/stack_frame.h"

namespace gobox::runner {

inline std::string golden(const std::string& name, const std::string& version) {
  const auto folder = std::filesystem::path(GOBOX_SOURCE_DIR) / "tests/unit/testdata/diagnosis";
  std::ifstream file(folder / (name + "-" + version + ".txt"), std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(text.empty()) << name << "-" << version << " is missing";
  return text;
}

inline UserPaths work_paths() {
  return {{"/work/"}, {}};
}

// A test that holds for the output of every Go version kept.
class EachGoVersion : public testing::TestWithParam<std::string> {
 protected:
  static std::string text(const std::string& name) { return golden(name, GetParam()); }
};

inline std::string version_name(const testing::TestParamInfo<std::string>& version) {
  return version.param == "go1.19" ? "Go119" : "Go126";
}

}  // namespace gobox::runner
