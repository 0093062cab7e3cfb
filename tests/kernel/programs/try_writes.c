// SPDX-License-Identifier: Apache-2.0

// try_writes DIRECTORY...: makes a file in each and tells the answer.
#include <fcntl.h>

#include "program.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/made-by-the-test", argv[i]);
    tell(argv[i], open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
  }
  return 0;
}
