// SPDX-License-Identifier: Apache-2.0

#pragma once

// A resolved policy as JSON for people, and in the loader's own format: what is printed can be
// saved, edited and used, and means the same. Nothing is left to "extends", and "otherwise" rules
// stand written out. Pure; thread-safe.

#include <string>

#include "policies/policy.h"

namespace gobox::policies {

std::string render(const StagePolicy& policy);
std::string render(const JobPolicy& policy);

}  // namespace gobox::policies
