// attack: leaves a process that keeps its own mmap lock: reading its command line takes for ever
// how: exec
// flags: --run-timeout 24s --pids 512
// expect: outcome=leaked_processes within=25s
#include <sys/wait.h>

#include "../hold_memory.h"
#include "../report.h"

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (fork() == 0) {
    hold_memory();
    write(ends[1], "x", 1);
    for (;;) pause();
  }
  close(ends[1]);
  char ready;
  read(ends[0], &ready, 1);
  usleep(200000);
  return 0;
}
