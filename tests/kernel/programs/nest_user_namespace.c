// SPDX-License-Identifier: Apache-2.0

// A user namespace within, and in it the capabilities it would bring; for runs whose filter lets it.
#define _GNU_SOURCE
#include <sched.h>

#include "program.h"

int main(void) {
  tell("unshare user", unshare(CLONE_NEWUSER));
  return 0;
}
