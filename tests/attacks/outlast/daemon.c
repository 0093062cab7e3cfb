// attack: leaves a daemon that closed everything and changed its session twice
// how: exec
// expect: outcome=leaked_processes
#include "../report.h"

int main(void) {
  if (fork() == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    setsid();
    chdir("/");
    close(0);
    close(1);
    close(2);
    for (;;) pause();
  }
  usleep(50000);
  return 0;
}
