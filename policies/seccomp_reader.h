// SPDX-License-Identifier: Apache-2.0

#pragma once

// Reads the "seccomp" block of a stage policy and lays it over the rules it inherits.
//
// Refused, at the rule's own line: names libseccomp does not know, rules without a comment, two
// tests of one argument, rules of one call that can match the same arguments, and a rule for a call
// that the inherited policy already decides, unless it says "replaces": true. So every place
// where a policy departs from its base can be found by searching for that word.
//
// "otherwise" rules are written out here (policies/conditions.h). Pure; thread-safe.

#include "base/error.h"
#include "policies/document.h"
#include "policies/policy.h"

namespace gobox::policies {

Result<Seccomp> read_seccomp(const Node& node, const Seccomp& inherited);

// Whether a rule says of its calls what is done with those that no rule names.
bool repeats_default(const SyscallRule& rule, const Seccomp& seccomp);

// The same filter without rules that only repeat the default, which libseccomp refuses (EACCES).
Seccomp without_repeated_default(Seccomp seccomp);

}  // namespace gobox::policies
