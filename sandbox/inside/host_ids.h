// SPDX-License-Identifier: Apache-2.0

#pragma once

// HostIds: which user and group ids outside a sandbox gets, two of them: PID 1's and the program's.
// No two living sandboxes may share one, or they could signal and trace each other's processes were
// the pid namespace to fail, and would count against each other's per-user limits.
//
// Where we have all ids, pairs come from a range that no distribution hands out; root of a
// container may have few, and then the upper half of its largest range serves. The place in the
// range follows from the pid of PID 1 and from our pid namespace, so that servers in one pid
// namespace never meet, and those in different ones hardly. Used in the launcher, which has one
// thread; find_host_ids may be called anywhere.

#include <sys/types.h>

namespace gobox::sandbox {

struct HostIds {
  bool own = false;  // we may map ids other than our own; the rest is meaningful only then
  unsigned first = 0;
  unsigned slots = 0;    // pairs of ids
  unsigned offset = 0;   // this pid namespace's
  bool crowded = false;  // fewer pairs than there can be processes

  // The first of the two ids for the sandbox whose PID 1 is `init`; 0: all are taken.
  unsigned id_for(pid_t init) const;
};

HostIds find_host_ids();

}  // namespace gobox::sandbox
