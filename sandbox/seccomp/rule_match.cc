// SPDX-License-Identifier: Apache-2.0

#include "sandbox/seccomp/rule_match.h"

#include <algorithm>

namespace gobox::sandbox {
namespace {

using policies::ArgumentTest;

bool holds(const ArgumentTest& test, std::uint64_t argument) {
  switch (test.op) {
    case ArgumentTest::Op::kEqual:
      return argument == test.value;
    case ArgumentTest::Op::kNotEqual:
      return argument != test.value;
    case ArgumentTest::Op::kMaskedEqual:
      return (argument & test.mask) == test.value;
    case ArgumentTest::Op::kLess:
      return argument < test.value;
    case ArgumentTest::Op::kGreaterEqual:
      break;
  }
  return argument >= test.value;
}

}  // namespace

const policies::SyscallRule* matching_rule(const policies::Seccomp& policy, std::string_view call,
                                           std::span<const std::uint64_t> arguments) {
  for (const policies::SyscallRule& rule : policy.rules) {
    if (std::ranges::find(rule.calls, call) == rule.calls.end()) continue;
    const bool matches = std::ranges::all_of(rule.when, [&](const ArgumentTest& test) {
      return test.index < arguments.size() && holds(test, arguments[test.index]);
    });
    if (matches) return &rule;
  }
  return nullptr;
}

}  // namespace gobox::sandbox
