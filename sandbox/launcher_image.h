// SPDX-License-Identifier: Apache-2.0

#pragma once

// The launcher's program (sandbox/inside/main.cc), linked statically and carried inside this
// library. Executing it instead of merely forking keeps what every sandbox is cloned from down to a
// few dozen pages: cloning, parking and executing all get cheaper, and PID 1 shares nothing with
// the server's memory. Being sealed, it cannot be overwritten through /proc/1/exe (CVE-2019-5736).

#include "base/error.h"
#include "base/unique_fd.h"

namespace gobox::sandbox {

// Open for reading, ready for execveat(2).
Result<UniqueFd> launcher_image();

}  // namespace gobox::sandbox
