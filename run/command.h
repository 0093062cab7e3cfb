// SPDX-License-Identifier: Apache-2.0

#pragma once

// The forms of sandbox-run: each takes its words and returns the exit status. They print what there
// is to print.

#include <string>
#include <vector>

namespace gobox::run {

using Words = std::vector<std::string>;

int run_job_command(const std::string& form, const Words& words);  // "run", "exec"
int test_command(const Words& words);
int why_command(const Words& words);
int sweep_command(const Words& words);
int compare_command(const Words& words);
int endpoint_command(const Words& words);
int check_command(const Words& words);
int warm_command(const Words& words);
int cache_command(const Words& words);
int policy_command(const Words& words);

inline constexpr int kUsageStatus = 2;
inline constexpr int kSandboxErrorStatus = 125;

}  // namespace gobox::run
