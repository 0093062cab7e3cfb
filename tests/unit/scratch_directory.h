// SPDX-License-Identifier: Apache-2.0

#pragma once

// ScratchDirectory: an empty directory for one test, removed with all it holds when destroyed.
// Files are written below it by relative path. Test support only; failures to write fail the test.

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace gobox::tests {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gobox-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "mkdtemp " << pattern;
    path_ = std::filesystem::canonical(pattern);
  }

  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

  std::string operator/(std::string_view relative) const { return (path_ / relative).string(); }

  void write(std::string_view relative, std::string_view bytes, mode_t mode = 0644) const {
    const std::filesystem::path file = path_ / relative;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream << bytes;
    stream.close();
    EXPECT_TRUE(stream.good()) << file;
    EXPECT_EQ(::chmod(file.c_str(), mode), 0) << file;
  }

  void link(const std::filesystem::path& target, std::string_view relative) const {
    std::filesystem::create_directories((path_ / relative).parent_path());
    std::filesystem::create_symlink(target, path_ / relative);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace gobox::tests
