// SPDX-License-Identifier: Apache-2.0

// Leaves a child whose first thread ends at once while another goes on. To /proc it is a zombie.
// The main process exits 0 once that is so.
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "program.h"

static int in_place[2];

// The first thread's end can be seen nowhere but in /proc.
static void* go_on(void* unused) {
  (void)unused;
  char path[64];
  char stat[512] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", (int)getpid());
  while (strstr(stat, ") Z ") == NULL) {
    FILE* file = fopen(path, "r");
    require(file != NULL, path);
    require(fgets(stat, sizeof stat, file) != NULL, path);
    fclose(file);
  }
  require(write(in_place[1], "x", 1) == 1, "write");
  rest();
  return NULL;
}

int main(void) {
  require(pipe(in_place) == 0, "pipe");
  const pid_t child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    pthread_t thread;
    require(pthread_create(&thread, NULL, go_on, NULL) == 0, "pthread_create");
    syscall(SYS_exit, 0);
  }
  char ready;
  require(read(in_place[0], &ready, 1) == 1, "read");
  return 0;
}
