// SPDX-License-Identifier: Apache-2.0

// What compilers and the go command print.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runner/diagnosis/compiler_message.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  static_cast<void>(gobox::runner::parse_compiler_output(text, "/work/"));
  static_cast<void>(gobox::runner::user_view(text, "/work/"));
  return 0;
}
