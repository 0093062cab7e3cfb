// SPDX-License-Identifier: Apache-2.0

// What the small programs of the kernel ring share. Each program does one thing, tells what it saw
// on stdout, and trusts nobody to clean up after it: that is the sandbox's task.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// An end that no test expects.
#define PROGRAM_BROKEN 99

static inline void require(int good, const char* what) {
  if (good) return;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  _exit(PROGRAM_BROKEN);
}

// "what: done" or "what: Operation not permitted".
static inline void tell(const char* what, long result) {
  printf("%s: %s\n", what, result >= 0 ? "done" : strerror(errno));
}

static inline void rest(void) {
  for (;;) pause();
}
