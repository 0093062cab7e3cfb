// SPDX-License-Identifier: Apache-2.0

// Race reports.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runner/diagnosis/race_report.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  static_cast<void>(gobox::runner::parse_races(text, {{"/work/"}, {"/usr/local/go"}}));
  static_cast<void>(gobox::runner::races_found(text));
  return 0;
}
