// SPDX-License-Identifier: Apache-2.0

// The number files and keyed files of control groups.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/file.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  static_cast<void>(gobox::lone_number(text));
  for (const char* key : {"oom_kill", "usage_usec", "user", "total_rss"}) {
    static_cast<void>(gobox::keyed_number(text, key));
  }
  return 0;
}
