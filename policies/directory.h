// SPDX-License-Identifier: Apache-2.0

#pragma once

// Where the shipped policies are, so that the binaries work from anywhere.
//
// In order: $GOBOX_POLICY_DIR; ../share/gobox/policies beside the folder of the running binary (an
// installed tree); a "policies" folder in one of the folders above it (a build inside the source
// tree: build/bin/sandbox-run); the source tree the binary was built from. A folder counts if it
// holds default.json. An environment variable that names no such folder is an error, not a reason
// to look further. Thread-safe as long as nobody changes the environment.

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"

namespace gobox::policies {

Result<std::filesystem::path> find_policy_dir();

// The same for a given executable and a given value of the variable.
Result<std::filesystem::path> find_policy_dir(const std::filesystem::path& executable,
                                              const std::optional<std::string>& from_environment);

// Where the operator's own policies are: /etc/gobox/policies for binaries installed in /usr/bin or
// /usr/local/bin, which is where a package keeps what an upgrade must not touch. "" for others, and
// where $GOBOX_POLICY_DIR says which policies count.
Result<std::filesystem::path> find_own_policy_dir();
std::filesystem::path find_own_policy_dir(const std::filesystem::path& executable,
                                          const std::optional<std::string>& from_environment);

}  // namespace gobox::policies
