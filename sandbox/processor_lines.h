// SPDX-License-Identifier: Apache-2.0

#pragma once

// What a sandbox's /proc/cpuinfo says of each of its processors, its number aside: kind and
// abilities, which a program could ask the processor itself. Not its clock's present rate, which
// tells of others' work, nor where it sits. Read from the host once; thread-safe. proc_cpuinfo(5).

#include <string>

namespace gobox::sandbox {

const std::string& processor_lines();

}  // namespace gobox::sandbox
