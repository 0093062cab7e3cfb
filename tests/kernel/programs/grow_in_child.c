// SPDX-License-Identifier: Apache-2.0

// A child touches memory until it is killed; the main process survives and exits 0.
#include <sys/mman.h>
#include <sys/wait.h>

#include "program.h"

enum { kBlock = 1 << 20 };

int main(void) {
  const pid_t child = fork();
  require(child >= 0, "fork");
  while (child == 0) {
    char* block = mmap(NULL, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(block != MAP_FAILED, "mmap");
    memset(block, 1, kBlock);
  }
  int status = 0;
  require(waitpid(child, &status, 0) == child, "waitpid");
  printf("child ended by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  return 0;
}
