// SPDX-License-Identifier: Apache-2.0

#pragma once

// Which rule of a policy a reported call falls under. The kernel says which call it was and with
// which arguments, not which rule of ours sent it here. Pure.

#include <cstdint>
#include <span>
#include <string_view>

#include "policies/policy.h"

namespace gobox::sandbox {

// Null: no rule names the call with these arguments, and the policy's default holds.
const policies::SyscallRule* matching_rule(const policies::Seccomp& policy, std::string_view call,
                                           std::span<const std::uint64_t> arguments);

}  // namespace gobox::sandbox
