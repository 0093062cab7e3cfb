// SPDX-License-Identifier: Apache-2.0

// A user's policy file, beside the shipped ones. What is taken can be shown.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/directory.h"
#include "policies/loader.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  static const auto kDirectory = gobox::policies::find_policy_dir();
  gobox::fuzz::require(kDirectory.has_value());
  static const auto kShipped = gobox::policies::PolicySet::load(*kDirectory);
  gobox::fuzz::require(kShipped.has_value());
  gobox::policies::PolicySet set = *kShipped;
  const auto name = set.add_text("user.json", text);
  if (name) gobox::fuzz::require(set.show(*name).has_value());
  return 0;
}
