// SPDX-License-Identifier: Apache-2.0

// The two files of /proc that tell where control groups are: the input is cut at its first NUL.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sandbox/cgroup/cgroup_layout.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  const std::size_t cut = std::min(text.find('\0'), text.size());
  const std::string_view rest = cut < text.size() ? text.substr(cut + 1) : std::string_view();
  const auto layout = gobox::sandbox::parse_cgroup_layout(text.substr(0, cut), rest);
  static_cast<void>(layout.mode("cpu memory pids"));
  static_cast<void>(gobox::sandbox::has_word(text, "memory"));
  return 0;
}
