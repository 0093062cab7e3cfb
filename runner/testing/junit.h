// SPDX-License-Identifier: Apache-2.0

#pragma once

// JUnit XML of a job's tests, as gotestsum writes it and CI systems read it: a suite per package, a
// case per test. A package that failed without any test of it to blame has a case "TestMain".
// Pure; every byte that XML 1.0 cannot hold becomes U+FFFD.

#include <string>
#include <vector>

#include "runner/testing/package_tests.h"

namespace gobox::runner {

std::string junit_xml(const std::vector<PackageTests>& packages, const std::string& go_version);

}  // namespace gobox::runner
