// SPDX-License-Identifier: Apache-2.0

// Goroutine dumps, which the program under judgement may have made up.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runner/diagnosis/goroutine_dump.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  const auto dump = gobox::runner::parse_goroutine_dump(text, {{"/work/"}, {"/usr/local/go"}});
  if (!dump) return 0;
  gobox::fuzz::require(dump->begin <= dump->end && dump->end <= text.size());
  std::uint64_t counted = 0;
  for (const auto& group : dump->groups) {
    counted += group.count;
    gobox::fuzz::require(group.frames.size() <= gobox::runner::kMaxFrames);
    static_cast<void>(gobox::runner::describe(group));
  }
  gobox::fuzz::require(counted <= dump->total);
  return 0;
}
