// SPDX-License-Identifier: Apache-2.0

#pragma once

// The seccomp filter of PID 1 once set-up is over: the handful of calls that reaping and reporting
// need, and death for every other one, for foreign architectures too. A dozen instructions, because
// the kernel translates and compiles a filter anew for every process that loads one, and takes a
// quarter of a millisecond for the programs' own. seccomp(2), linux/filter.h.

#include <linux/filter.h>

namespace gobox::sandbox {

struct InitFilter {
  const sock_filter* instructions;
  unsigned count;
};

InitFilter init_filter();

}  // namespace gobox::sandbox
