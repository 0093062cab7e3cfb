// SPDX-License-Identifier: Apache-2.0

// Archives: views lie inside the input, and writing one out and reading it gives the same files.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runner/source/txtar.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  const auto archive = gobox::runner::parse_txtar(text, 1000);
  for (const auto& file : archive.files) {
    gobox::fuzz::require(file.data.empty() ||
                         (file.data.data() >= text.data() &&
                          file.data.data() + file.data.size() <= text.data() + text.size()));
  }
  const std::string written = gobox::runner::format_txtar(archive.comment, archive.files);
  const auto again = gobox::runner::parse_txtar(written, 1000);
  gobox::fuzz::require(again.files.size() >= archive.files.size() || archive.file_count > 1000);
  return 0;
}
