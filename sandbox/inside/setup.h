// SPDX-License-Identifier: Apache-2.0

#pragma once

// Setup: what the set-up steps of PID 1 (init.cc, mounts.cc) hand on to each other. It lives in PID
// 1 alone, for the length of set-up; descriptors in it are closed by the step that used them last.

#include <sys/types.h>

#include <cstdint>

#include "sandbox/inside/init.h"

namespace gobox::sandbox {

struct OpenedBind {
  int tree = -1;               // a detached copy of the source's mounts
  mode_t type = 0;             // S_IFDIR, S_IFREG, S_IFLNK or 0: the host lacks it
  char link_target[256] = {};  // S_IFLNK
};

struct Setup {
  const InitTask* task = nullptr;
  OpenedBind binds[kMaxBinds];
  int space = -1;   // the writable space's root
  int binary = -1;  // kBinaryPath, open for writing
  int relay = -1;   // a listening socket that leaves with the report
  int pidfds[kMaxPrograms] = {};
  Ready ready;
  std::uint32_t detail = 0;
};

}  // namespace gobox::sandbox
