// SPDX-License-Identifier: Apache-2.0

#pragma once

// Signals are one thread's business: all others block them, and a broken pipe is theirs to read
// from errno.

#include <pthread.h>
#include <signal.h>

namespace gobox {

inline void block_signals_in_this_thread() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace gobox
