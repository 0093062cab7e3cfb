// SPDX-License-Identifier: Apache-2.0

// The runtime's last words.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runner/diagnosis/runtime_message.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  static_cast<void>(gobox::runner::find_runtime_message(text, {{"/work/"}, {"/usr/local/go"}}));
  return 0;
}
