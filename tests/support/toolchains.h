// SPDX-License-Identifier: Apache-2.0

#pragma once

// The Go toolchains the tests run with: GOBOX_TEST_TOOLCHAINS, GOROOTs with commas between; without
// it, whichever of /usr/local/go and /usr/lib/go-1.19 the host has.

#include <filesystem>
#include <string>
#include <vector>

namespace gobox::tests {

std::vector<std::filesystem::path> test_toolchains();

// The GOROOT's last part as a test's name may hold it: "go", "go_1_19".
std::string test_name_of(const std::filesystem::path& goroot);

}  // namespace gobox::tests
