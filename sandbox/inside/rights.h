// SPDX-License-Identifier: Apache-2.0

#pragma once

// Giving up rights, for good. Used by PID 1 and by the program after clone: raw system calls, no
// allocation, because glibc's wrappers of the set*id family signal other threads of an image that,
// in a cloned child, are not there. Each returns 0 or an errno.
// capabilities(7), credentials(7), seccomp(2), PR_SET_NO_NEW_PRIVS in prctl(2).

#include <linux/filter.h>

namespace gobox::sandbox {

int take_ids(unsigned user, unsigned group);

// No way back up: bounding and ambient sets empty, securebits locked, no_new_privs set; children
// inherit all of it. Needs CAP_SETPCAP, so it comes before the programs' ids change; the locked
// bits keep that change from doing anything to capabilities by itself.
int lock_rights();

// Every capability gone. Last.
int clear_capabilities();

// Loads `filter` as the calling thread's filter. With `listener`, calls the filter reports arrive
// there; *listener is then a close-on-exec descriptor.
int load_filter(const sock_filter* filter, unsigned count, int* listener);

}  // namespace gobox::sandbox
