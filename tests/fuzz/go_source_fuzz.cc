// SPDX-License-Identifier: Apache-2.0

// What a Go file says about itself.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runner/golang/go_source.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  const auto head = gobox::runner::scan_go_file(text);
  gobox::fuzz::require(!head.well_formed || !head.package.empty());
  return 0;
}
