// SPDX-License-Identifier: Apache-2.0

#pragma once

// The module that is built, vetted, tested and refused while a cache is prepared
// (runner/golang/go_cache.h). No state.

#include "base/error.h"
#include "runner/golang/toolchain.h"
#include "runner/source/workspace.h"

namespace gobox::runner {

// main.go, refused/main.go, and but for the starter library (`starts`) tested/tested_test.go, which
// imports all of the standard library.
Result<Workspace> cache_samples(const Toolchain& toolchain, bool starts);

}  // namespace gobox::runner
