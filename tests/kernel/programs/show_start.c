// SPDX-License-Identifier: Apache-2.0

// Prints what it was started with.
#include "program.h"

extern char** environ;

int main(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) printf("argument %s\n", argv[i]);
  for (char** each = environ; *each != NULL; ++each) printf("environment %s\n", *each);
  char directory[4096];
  require(getcwd(directory, sizeof directory) != NULL, "getcwd");
  printf("directory %s\n", directory);
  return 0;
}
