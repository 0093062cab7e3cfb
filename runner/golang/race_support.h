// SPDX-License-Identifier: Apache-2.0

#pragma once

// Whether this host can race, and build C at all: the detector's standard library is built with
// cgo, once, and that takes a C compiler. Without one, and without a library built before, every
// job that asks for race would fail after minutes; so it is found out at the start, and race is not
// offered.

#include <filesystem>
#include <string>
#include <vector>

#include "runner/golang/go_cache.h"
#include "runner/golang/toolchain.h"

namespace gobox::runner {

// What `root` lacks of what building C takes; "" where nothing is missing.
std::string missing_for_cgo(const std::filesystem::path& root = "/");

// Takes race from the toolchains that cannot have it here. Returns what is missing, for the log; ""
// where nothing is. `root`: of the files that the building sandbox would see.
std::string withhold_race(std::vector<Toolchain>& toolchains, const GoCaches& caches,
                          const std::filesystem::path& root = "/");

}  // namespace gobox::runner
