// SPDX-License-Identifier: Apache-2.0

#pragma once

// Which packages of a toolchain's standard library a program without cgo can import, read from its
// sources on the host. No state.

#include <string>
#include <vector>

#include "runner/golang/toolchain.h"

namespace gobox::runner {

// Sorted import paths: not internal ones, not commands, none whose files this machine leaves out.
std::vector<std::string> importable_packages(const Toolchain& toolchain);

}  // namespace gobox::runner
