// SPDX-License-Identifier: Apache-2.0

// foreign_call i386|x32: getpid by another architecture's numbers.
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "program.h"

int main(int argc, char** argv) {
  require(argc == 2, "arguments");
  long result = -1;
#if defined(__x86_64__)
  if (strcmp(argv[1], "i386") == 0) {
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
  } else {
    result = syscall(0x40000000L | SYS_getpid);
  }
#endif
  printf("%ld\n", result);
  return 0;
}
