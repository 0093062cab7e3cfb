// SPDX-License-Identifier: Apache-2.0

#pragma once

// What every fuzzer here shares: the input as text, and a check that stops it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// libFuzzer calls it; without the fuzzer replay_main.cc does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace gobox::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A promise of the parser's header: a broken one is a finding.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace gobox::fuzz
