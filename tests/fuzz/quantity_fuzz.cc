// SPDX-License-Identifier: Apache-2.0

// Sizes, durations, shares and counts, as flags and requests bring them.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/quantity.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  const auto size_value = gobox::parse_size("--flag", text);
  if (size_value) gobox::fuzz::require(*size_value > 0);
  const auto duration = gobox::parse_duration("--flag", text);
  if (duration) gobox::fuzz::require(duration->count() > 0);
  const auto cpus = gobox::parse_cpus("--flag", text);
  if (cpus) gobox::fuzz::require(*cpus > 0);
  const auto count = gobox::parse_count("--flag", text, 1, 4'000'000);
  if (count) gobox::fuzz::require(*count >= 1 && *count <= 4'000'000);
  return 0;
}
