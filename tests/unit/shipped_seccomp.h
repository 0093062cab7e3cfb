// SPDX-License-Identifier: Apache-2.0

#pragma once

// shipped_seccomp: the system call rules of one of the project's own stage policies.

#include <string>

#include "policies/directory.h"
#include "policies/loader.h"

namespace gobox::tests {

inline policies::Seccomp shipped_seccomp(const std::string& stage) {
  return policies::PolicySet::load(policies::find_policy_dir().value())
      .value()
      .stage(stage)
      .value()
      .seccomp;
}

}  // namespace gobox::tests
