// SPDX-License-Identifier: Apache-2.0

#pragma once

// Range search: the same system call filter in less than half of the instructions. libseccomp
// compares call numbers and argument values one by one; neighbours of one fate are one range here,
// and ranges are found by halving. The kernel checks, translates and compiles every instruction
// anew for every sandbox, so a shorter filter is a cheaper sandbox.
//
// No policy is in it: what the filter says of a call stays what libseccomp made it say, and the
// unit ring holds both against each other at every boundary there is. seccomp(2), and "BPF engine
// and instruction set" in the kernel's networking/filter.rst.
//
// Pure; thread-safe.

#include <linux/filter.h>

#include <vector>

namespace gobox::sandbox {

// `filter` itself where it has an instruction seccomp programs do not need, or where nothing is
// won.
std::vector<sock_filter> searched_by_ranges(const std::vector<sock_filter>& filter);

}  // namespace gobox::sandbox
