// SPDX-License-Identifier: Apache-2.0

// Feeds a fuzzer the files of a folder, and every beginning of each up to some length: what
// libFuzzer found once stays found, with any compiler.
//
//   NAME_fuzz CORPUS_DIRECTORY

#include <cstdio>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "tests/fuzz/input.h"

namespace {

constexpr std::size_t kLongestBeginning = 256;

void feed(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int files = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], error)) {
    const auto bytes = gobox::read_file(entry.path().string());
    if (!bytes) return 1;
    feed(*bytes);
    for (std::size_t size = 0; size < bytes->size() && size < kLongestBeginning; ++size) {
      feed(bytes->substr(0, size));
    }
    ++files;
  }
  std::printf("%d files\n", files);
  return files > 0 ? 0 : 1;
}
