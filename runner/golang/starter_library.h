// SPDX-License-Identifier: Apache-2.0

#pragma once

// The starter library: of a toolchain's standard library what small programs import. It is prepared
// in seconds where the whole takes minutes, so that the first program on a new host need not wait
// for that; it serves direct compiles alone, until the plain library is there. No state.

#include <filesystem>
#include <string>
#include <vector>

#include "runner/golang/go_cache.h"
#include "runner/golang/toolchain.h"

namespace gobox::runner {

// For GoCaches, beside the kinds of builds that a job can ask for: none of those, so it is not
// among kCacheVariants.
inline constexpr CacheVariant kStarterLibrary{static_cast<int>(kCacheVariants.size())};

// Sorted import paths; those this toolchain has. None depends on net or os/user: Go 1.19 and older
// ship those compiled with cgo, and the go command would compile what needs them anew.
std::vector<std::string> starter_packages(const Toolchain& toolchain);

// Whether that directory of GoCaches is one.
bool is_starter_library(const std::filesystem::path& cache);

}  // namespace gobox::runner
