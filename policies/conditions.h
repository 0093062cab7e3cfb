// SPDX-License-Identifier: Apache-2.0

#pragma once

// Conditions on system call arguments, as sets: do two overlap, and what do several leave over?
//
// The loader uses it for two promises. Rules of one call never overlap, so their order cannot
// matter and libseccomp cannot merge or refuse them. And a rule marked "otherwise" is written out
// as plain tests that cover exactly the remaining arguments, because libseccomp has no "else": an
// unconditional rule beside conditional ones would swallow them (seccomp_rule_add(3)).
//
// Arguments are the raw 64-bit registers (seccomp(2)); comparisons are unsigned. Pure functions.

#include <cstddef>
#include <optional>
#include <vector>

#include "policies/policy.h"

namespace gobox::policies {

// All tests must hold; at most one test per argument (libseccomp's own limit). Empty: always.
using Condition = std::vector<ArgumentTest>;

bool overlap(const Condition& one, const Condition& other);

// Disjoint conditions, made of kMaskedEqual tests, that hold exactly where none of `covered` does.
// Nothing where that takes more than kMaxPieces of them: inequalities on several arguments
// multiply.
inline constexpr std::size_t kMaxPieces = 512;
std::optional<std::vector<Condition>> remainder_of(const std::vector<Condition>& covered);

}  // namespace gobox::policies
