// SPDX-License-Identifier: Apache-2.0

// find_key NAME: looks for a user key of that name in its session keyring; for runs whose filter
// lets it.
#include <linux/keyctl.h>
#include <sys/syscall.h>

#include "program.h"

int main(int argc, char** argv) {
  require(argc == 2, "arguments");
  tell("key", syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", argv[1], 0));
  return 0;
}
