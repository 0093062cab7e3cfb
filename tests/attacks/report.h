// SPDX-License-Identifier: Apache-2.0

#pragma once

// What the C programs here share: one line per attempt, in words the runner looks for.
// "REFUSED errno": it was not possible. "ESCAPED": it was. "REACHED errno": the kernel looked at
// the arguments, so a layer that should have stopped the call before did not.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int attempt(const char* what, long result) {
  const int error = errno;
  if (result >= 0) {
    printf("%s: ESCAPED\n", what);
  } else if (error == EFAULT || error == ENOTTY || error == EBADF) {
    printf("%s: REACHED %s\n", what, strerrorname_np(error));
  } else {
    printf("%s: REFUSED %s\n", what, strerrorname_np(error));
  }
  fflush(stdout);
  return result >= 0;
}

// A fact that must hold.
static inline void expect(const char* what, int holds) {
  printf("%s: %s\n", what, holds ? "REFUSED" : "ESCAPED");
  fflush(stdout);
}
