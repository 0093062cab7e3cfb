// SPDX-License-Identifier: Apache-2.0

// The body of POST /v1/runs.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "api/runs/run_request.h"
#include "policies/directory.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = gobox::fuzz::text_of(data, size);
  static const auto kDirectory = gobox::policies::find_policy_dir();
  gobox::fuzz::require(kDirectory.has_value());
  static const auto kPolicies = gobox::policies::PolicySet::load(*kDirectory);
  gobox::fuzz::require(kPolicies.has_value());
  static const std::vector<gobox::runner::Toolchain> kToolchains(1);
  gobox::api::Problem problem;
  const auto job =
      gobox::api::read_run_request(text, {*kPolicies, kToolchains, "fuzz", {}}, problem);
  if (job) gobox::fuzz::require(gobox::api::memory_needed(*job) > 0);
  return 0;
}
