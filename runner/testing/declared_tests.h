// SPDX-License-Identifier: Apache-2.0

#pragma once

// What tests the files of a package declare: the top-level functions that the go command would call
// by their names. Comments and literals are passed over; a file that the target's build leaves out
// is not read. Pure.

#include <string_view>

#include "runner/golang/build_constraint.h"
#include "runner/source/workspace.h"
#include "runner/testing/test_tally.h"

namespace gobox::runner {

// `directory`: of the workspace; "" is its top.
DeclaredTests declared_tests(const Workspace& workspace, std::string_view directory,
                             const BuildTarget& target);

}  // namespace gobox::runner
